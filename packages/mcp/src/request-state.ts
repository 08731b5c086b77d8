import {
  createRequestStateCodec,
  type RequestStateCodec,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import { stateKey } from "./state-key.ts";

/** How long a person may take, in seconds. */
const TTL_SECONDS = 600;

const roundSchema = z.object({
  tool: z.string(),
  /** Of the arguments. */
  digest: z.string(),
  /** The run that the call has begun. */
  executionId: z.string(),
  /** The execution that the step is in, that one or one inside of it. */
  inside: z.string(),
  step: z.string(),
  question: z.string(),
});

/** What a call has come to when a person is asked: it only names the question. */
export type Round = z.infer<typeof roundSchema>;

/** What the codec says that no key has been made for; the SDK answers every such error alike. */
const UNKNOWN = "key";

/**
 * Seals rounds for the way through the client, and opens what comes back: by the key in a file, for ten minutes, for this
 * caller and method. Where nothing was ever sealed nothing is opened, and no key is made.
 */
export class RequestState {
  readonly #path: string;
  readonly #caller: string;
  #codec: RequestStateCodec<Round> | null = null;

  constructor(path: string, caller: string) {
    this.#path = path;
    this.#caller = caller;
  }

  /** Throws what making the key throws. */
  async seal(round: Round, context: ServerContext): Promise<string> {
    return this.#open(true).mint(round, context);
  }

  /** Rejects for what was not sealed so, or is too old. */
  readonly verify = async (state: string, context: ServerContext): Promise<Round> =>
    roundSchema.parse(await this.#open(false).verify(state, context));

  #open(make: boolean): RequestStateCodec<Round> {
    if (this.#codec !== null) return this.#codec;
    const key = stateKey(this.#path, { make });
    if (key === null) throw new RangeError(UNKNOWN);
    const bind = ({ mcpReq }: ServerContext) => `${this.#caller}\0${mcpReq.method}`;
    this.#codec = createRequestStateCodec<Round>({ key, ttlSeconds: TTL_SECONDS, bind });
    return this.#codec;
  }
}
