import { createHash, timingSafeEqual } from "node:crypto";
import { ConfigurationError } from "@orch/core";

/** Characters of a token: 32 hexadecimal digits have 128 bits. */
const LEAST = 32;
const MOST = 512;
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;
/** Enough to tell callers apart, and nothing that a token could be found from. */
const NAME_DIGITS = 12;

/** The tokens that callers may come with. Only their hashes are kept. */
export class BearerTokens {
  readonly #known: readonly { readonly digest: Buffer; readonly caller: string }[];

  /** Throws CONFIG_INVALID where there is none, or one that is too short or has other characters than tokens have. */
  constructor(tokens: readonly string[]) {
    const isWrong = (token: string) => token.length < LEAST || token.length > MOST || !TOKEN.test(token);
    if (tokens.length === 0 || tokens.some(isWrong)) throw unusable(tokens.length === 0);
    this.#known = tokens.map((token) => {
      const digest = digestOf(token);
      return { digest, caller: `token:${digest.toString("hex").slice(0, NAME_DIGITS)}` };
    });
  }

  /** Who comes with a token; null for nobody. Takes the same time for every token. */
  callerOf(token: string): string | null {
    const given = digestOf(token);
    let found: string | null = null;
    for (const { digest, caller } of this.#known) if (timingSafeEqual(digest, given)) found = caller;
    return found;
  }
}

const digestOf = (token: string): Buffer => createHash("sha256").update(token).digest();

const unusable = (isNone: boolean): ConfigurationError =>
  new ConfigurationError(isNone ? "There is no token to let callers in" : "A token cannot be used", {
    suggestions: [
      `A token has ${LEAST} to ${MOST} letters, digits and .~_+/-; 'openssl rand -hex 32' makes a good one.`,
    ],
  });
