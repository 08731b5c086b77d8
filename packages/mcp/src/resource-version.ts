import { type JsonObject, toErrorResponse } from "@orch/core";
import type { OrchestrationApi } from "./orchestration-api.ts";
import { RESOURCES, type ResourceSpec } from "./resource-table.ts";

/** A resource by its address. */
export interface KnownResource {
  readonly spec: ResourceSpec;
  readonly variables: Readonly<Record<string, string>>;
}

const PATTERNS = RESOURCES.map((spec) => ({
  spec,
  pattern: new RegExp(`^${spec.uri.replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`),
}));

/** What an address stands for, whether that is there or not; null where nothing can be. */
export function resourceAt(uri: string): KnownResource | null {
  for (const { spec, pattern } of PATTERNS) {
    const found = pattern.exec(uri);
    if (found === null) continue;
    try {
      const named = Object.entries(found.groups ?? {});
      return {
        spec,
        variables: Object.fromEntries(named.map(([key, word]) => [key, decodeURIComponent(word)])),
      };
    } catch {
      return null;
    }
  }
  return null;
}

/** Whether a resource can be read now. Throws what else goes wrong. */
export function isThere({ spec, variables }: KnownResource, host: OrchestrationApi): boolean {
  try {
    spec.read(host, variables);
    return true;
  } catch (error) {
    if (ABSENT.test(toErrorResponse(error).error_code)) return false;
    throw error;
  }
}

const ABSENT = /_NOT_FOUND$|^INVALID_PARAMETERS$|_INVALID$/;

/** What tells whether a resource has changed: another `text` means that it may have. */
export interface ResourceVersion {
  readonly text: string;
  /** Of the last event that was looked at, of a run; else 0. */
  readonly sequence: number;
}

/** Whether it is about a run, which is looked at by its events: that costs nothing where there are none. */
export const isOfRun = ({ variables }: KnownResource): boolean => variables["id"] !== undefined;

/** How a resource stands; `before` is how it stood when it was looked at last, null the first time. */
export function versionOf(
  resource: KnownResource,
  host: OrchestrationApi,
  before: ResourceVersion | null,
): ResourceVersion {
  if (!isOfRun(resource)) return { text: textOf(resource, host), sequence: 0 };
  const { id = "", step } = resource.variables;
  const events = host.workflowManager.storedEvents(id, before?.sequence ?? 0) as readonly Told[];
  const last = events.findLast((event) => step === undefined || event.step_name === step);
  return {
    text: String(last?.sequence ?? before?.text ?? ""),
    sequence: events.at(-1)?.sequence ?? before?.sequence ?? 0,
  };
}

interface Told {
  readonly sequence: number;
  readonly step_name?: string;
}

/** What changes with time alone. */
const VOLATILE: ReadonlySet<string> = new Set(["timestamp", "uptime_seconds"]);

function textOf({ spec, variables }: KnownResource, host: OrchestrationApi): string {
  try {
    const found: JsonObject | string = spec.read(host, variables);
    return JSON.stringify(found, (key, value: unknown) => (VOLATILE.has(key) ? undefined : value));
  } catch (error) {
    if (ABSENT.test(toErrorResponse(error).error_code)) return "";
    throw error;
  }
}
