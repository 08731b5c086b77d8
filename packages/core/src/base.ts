// What needs no schema library, so that threads and processes which need no more start fast: without it in half the time.
export {
  LONGEST_MS,
  needArray,
  needCount,
  needDuration,
  needFunction,
  needIterable,
  needObject,
  needOptions,
  needPort,
  needSignal,
  needText,
  needTexts,
  needWord,
  readArgument,
  shownName,
  shownValue,
  unknownKey,
  unreadable,
  wrongArgument,
} from "./argument.ts";
export { invariant } from "./assert.ts";
export { ChurnMap } from "./churn-map.ts";
export { cleanLine, cleanText } from "./clean-text.ts";
export { fromIso, sleep, systemClock, toDate } from "./clock.ts";
export type { ErrorCode } from "./error-code.ts";
export { errorMessage, errorType, InvalidParametersError, OrchestrationError } from "./errors.ts";
export { findLossy } from "./find-lossy.ts";
export { newRandomId } from "./ids.ts";
export { isObject, type JsonObject, type JsonValue } from "./json.ts";
export { type LogFields, type Logger, noopLogger } from "./logger.ts";
export { didYouMean, nearestNames } from "./near.ts";
