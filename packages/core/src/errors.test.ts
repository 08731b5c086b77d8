import { describe, expect, it } from "vitest";
import { ERROR_CODES, isErrorCode } from "./error-code.ts";
import {
  ConfigurationError,
  errorMessage,
  errorType,
  InvalidParametersError,
  OrchestrationError,
  PermissionDeniedError,
  StorageError,
  toErrorResponse,
} from "./errors.ts";

/** Values that fight back when they are looked at. */
const hostile = () => {
  const throws = () => {
    throw new Error("touched");
  };
  const bad = Object.defineProperties(new Error("x"), { message: { get: throws }, name: { get: throws } });
  return [new Proxy({}, { get: throws, getPrototypeOf: throws }), bad, { toString: throws }];
};

describe("OrchestrationError", () => {
  it.each([
    [OrchestrationError, "ORCHESTRATION_ERROR", true],
    [InvalidParametersError, "INVALID_PARAMETERS", false],
    [ConfigurationError, "CONFIG_INVALID", false],
    [StorageError, "STORAGE_ERROR", true],
    [PermissionDeniedError, "PERMISSION_DENIED", false],
  ] as const)("%o has its code and says whether a retry helps", (Class, code, retryable) => {
    const error = new Class("no berth");
    expect(error).toMatchObject({
      name: Class.name,
      code,
      retryable,
      message: "no berth",
      details: {},
      suggestions: [],
    });
    expect(error).toBeInstanceOf(OrchestrationError);
    expect(error.timestamp).toBeInstanceOf(Date);
    expect("cause" in error).toBe(false);
  });

  it("carries what it is given, a narrower code too", () => {
    const cause = new Error("disk");
    const init = {
      code: "STORE_CORRUPT",
      details: { path: "x" },
      suggestions: ["y"],
      retryable: false,
      cause,
    } as const;
    expect(new StorageError("z", init)).toMatchObject(init);
  });
});

describe("toErrorResponse", () => {
  it("gives the one envelope for errors of ours", () => {
    const error = new InvalidParametersError("3 is no tide", {
      details: { value: 3 },
      suggestions: ["Use high or low."],
    });
    expect(error.toErrorResponse()).toEqual({
      success: false,
      error: "3 is no tide",
      error_type: "InvalidParametersError",
      error_code: "INVALID_PARAMETERS",
      details: { value: 3 },
      suggestions: ["Use high or low."],
    });
  });

  it("gives INTERNAL_ERROR for any other value", () => {
    class Leak extends Error {}
    const seen = [new TypeError("t"), new Leak("l"), "text", 7, null, undefined].map((value) => {
      const { error, error_type, error_code } = toErrorResponse(value);
      return [error, error_type, error_code];
    });
    expect(seen).toEqual([
      ["t", "TypeError", "INTERNAL_ERROR"],
      ["l", "Leak", "INTERNAL_ERROR"],
      ["text", "string", "INTERNAL_ERROR"],
      ["A value that is no error was thrown: 7", "number", "INTERNAL_ERROR"],
      ["A value that is no error was thrown: null", "null", "INTERNAL_ERROR"],
      ["A value that is no error was thrown: undefined", "undefined", "INTERNAL_ERROR"],
    ]);
  });

  it("survives values that throw when they are looked at", () => {
    for (const value of hostile()) {
      const response = toErrorResponse(value);
      expect(response.error_code).toBe("INTERNAL_ERROR");
      expect([typeof response.error, typeof response.error_type]).toEqual(["string", "string"]);
    }
    expect(hostile().map(errorMessage)).toEqual(Array(3).fill("A value that cannot be shown was thrown"));
    expect(hostile().map(errorType)).toEqual(["unknown", "unknown", "object"]);
  });

  it("names an error without a message, and turns odd names and messages into text", () => {
    expect(errorMessage(new RangeError())).toBe("RangeError");
    const odd = Object.assign(new Error("x"), { message: 5, name: 6 });
    expect([errorMessage(odd), errorType(odd)]).toEqual(["5", "6"]);
  });
});

describe("errorType", () => {
  it("is the name of the class that was thrown, not of one above it", () => {
    class Bent extends TypeError {}
    class BentMore extends Bent {}
    class Lost extends OrchestrationError {}
    const errors = [new Bent(), new BentMore(), new Lost("x"), new TypeError(), new Error("x")];
    expect(errors.map(errorType)).toEqual(["Bent", "BentMore", "Lost", "TypeError", "Error"]);
    expect(errorType(new DOMException("x", "AbortError"))).toBe("AbortError");
  });

  it("keeps a name that was set on purpose: on the error, or by its class", () => {
    class Told extends TypeError {
      override name = "ByField";
    }
    class Shown extends TypeError {
      static {
        Shown.prototype.name = "ByPrototype";
      }
    }
    class Below extends Shown {}
    const named = Object.assign(new Below(), { name: "ByHand" });
    expect([new Told(), new Shown(), new Below(), named].map(errorType)).toEqual([
      "ByField",
      "ByPrototype",
      "Below",
      "ByHand",
    ]);
    expect(errorType(Object.assign(new RangeError(), { name: "Error" }))).toBe("Error");
  });

  it("has an answer for classes without a name of their own, or with one that fights back", () => {
    const Odd = class extends RangeError {
      static override get name(): string {
        throw new Error("touched");
      }
    };
    const Numbered = class extends RangeError {
      static override readonly name = 5 as never;
    };
    const made = Object.setPrototypeOf(new Error("x"), Object.create(RangeError.prototype));
    const bare = Object.setPrototypeOf(
      new Error("x"),
      Object.create(RangeError.prototype, { constructor: {} }),
    );
    const anonymous = new (class extends RangeError {})();
    const errors = [anonymous, new Numbered(), new Odd(), made, bare, new Proxy(new Odd(), {})];
    expect(new Set(errors.map(errorType))).toEqual(new Set(["RangeError"]));
  });
});

describe("ERROR_CODES", () => {
  it("explains each code in a sentence", () => {
    for (const [code, meaning] of Object.entries(ERROR_CODES)) {
      expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
      expect(meaning).toMatch(/^[A-Z].*\.$/);
    }
  });

  it("knows its own keys only", () => {
    expect(["DAG_CYCLE", "toString", "__proto__", 5, "dag_cycle"].map(isErrorCode)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});
