export { assertNever, invariant } from "./assert.ts";
export { cleanLine, cleanText } from "./clean-text.ts";
export { type Clock, fromIso, sleep, systemClock, toDate, toIso } from "./clock.ts";
export { type DataClass, type DataClassOptions, type DataObject, dataClass, nested } from "./data-class.ts";
export { snakeCase } from "./data-field.ts";
export { ERROR_CODES, type ErrorCode, isErrorCode } from "./error-code.ts";
export {
  ConfigurationError,
  type ErrorInit,
  type ErrorResponse,
  errorMessage,
  errorType,
  InvalidParametersError,
  OrchestrationError,
  PermissionDeniedError,
  StorageError,
  toErrorResponse,
} from "./errors.ts";
export type { StreamOptions } from "./event-stream.ts";
export { type BaseEvent, EventBus, type EventHandler, type EventOf } from "./events.ts";
export { findLossy, type LossyValue, MAX_JSON_DEPTH } from "./find-lossy.ts";
export { type Brand, type IdGenerator, newId, newRandomId } from "./ids.ts";
export {
  interpolate,
  type Placeholder,
  parseTemplate,
  placeholdersIn,
  type Resolve,
  valueAt,
} from "./interpolate.ts";
export { invalid } from "./invalid.ts";
export { canonicalJson, isObject, type JsonObject, type JsonValue } from "./json.ts";
export { type LogFields, type Logger, noopLogger } from "./logger.ts";
export { makeDirectory } from "./make-directory.ts";
export { isMemoryStore, type MemoryView, memoryStore, showInMemory } from "./memory-store.ts";
export { API_VERSION, OrchestrationMode } from "./mode.ts";
export { didYouMean, nearestNames } from "./near.ts";
export { replaceFile } from "./replace-file.ts";
export { err, ok, type Result } from "./result.ts";
export type { Entry, ListOptions, Store, StoreReader, StoreTransaction } from "./store.ts";
export { onceUnlocked, whileLocked } from "./while-locked.ts";
