import { join } from "node:path";
import {
  type Clock,
  type IdGenerator,
  type JsonObject,
  type Logger,
  newId,
  noopLogger,
  systemClock,
} from "@orch/core";
import { AuditFile, type AuditTrail } from "./audit.ts";
import { CallLimit } from "./call-limit.ts";
import type { OrchestrationApi } from "./orchestration-api.ts";
import { type Policy, policyOf } from "./policy.ts";
import { decide } from "./policy-decision.ts";
import type { ToolRun } from "./run-tool.ts";
import type { PolicyAsk, Tool } from "./tool.ts";
import { TOOLS } from "./tool-table.ts";

/** A host, or what opens one when it is first needed. */
export type HostSource = OrchestrationApi | (() => OrchestrationApi | Promise<OrchestrationApi>);

/** Options of what is served. */
export interface ServedOptions {
  /** What callers may do. @default level read */
  readonly policy?: Policy;
  /** @default that of the host; needed where the host is opened later */
  readonly baseDir?: string;
  /** Where decisions are written; null: nowhere. @default `.workflows/audit.log` in the base directory */
  readonly audit?: AuditTrail | null;
  /** What the server says that it is. @default "0.0.0" */
  readonly version?: string;
  /** Characters that the data of a run may have. @default 4000 */
  readonly budget?: number | null;
  readonly clock?: Clock;
  readonly newId?: IdGenerator;
  readonly logger?: Logger;
}

/** What a connection is served from: the state that outlives it. */
export interface Served {
  readonly tools: readonly Tool[];
  readonly run: Omit<ToolRun, "signal" | "progress" | "caller">;
  readonly version: string;
  /** Whether people are asked through their clients. */
  readonly elicits: boolean;
  /** Where the key lies that request states are sealed with. */
  readonly keyFile: string;
}

/** About a thousand tokens. */
const BUDGET = 4000;

/** Joins a host, a policy and its limits: what all connections to a server share. */
export function servedTools(host: HostSource, options: ServedOptions = {}): Served {
  const { policy = policyOf("read"), budget = BUDGET, clock = systemClock, version = "0.0.0" } = options;
  const baseDir = options.baseDir ?? (typeof host === "function" ? process.cwd() : host.config.baseDir);
  return {
    tools: policy.tools === null ? TOOLS : TOOLS.filter(({ name }) => policy.tools?.includes(name)),
    version,
    elicits: policy.elicitation,
    keyFile: join(baseDir, ".workflows", "mcp-state.key"),
    run: {
      host: typeof host === "function" ? once(host) : () => host,
      level: policy.level,
      decide: (tool: Tool, input: JsonObject, asks?: PolicyAsk) => decide(policy, tool, input, asks),
      audit:
        options.audit === undefined ? new AuditFile(join(baseDir, ".workflows", "audit.log")) : options.audit,
      limit: new CallLimit(policy.limits, clock),
      budget,
      baseDir,
      clock,
      newId: options.newId ?? newId,
      logger: options.logger ?? noopLogger,
    },
  };
}

/** Opens once; where that fails the next call tries again. */
function once(open: () => OrchestrationApi | Promise<OrchestrationApi>): () => Promise<OrchestrationApi> {
  let opened: Promise<OrchestrationApi> | null = null;
  return () => {
    opened ??= Promise.resolve(open()).catch((error: unknown) => {
      opened = null;
      throw error;
    });
    return opened;
  };
}
