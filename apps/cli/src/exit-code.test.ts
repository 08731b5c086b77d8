import { ERROR_CODES } from "@orch/engine";
import { describe, expect, it } from "vitest";
import { EXIT, exitCodeOf, exitCodeOfRun } from "./exit-code.ts";

describe("exitCodeOf", () => {
  it.each([
    ["INVALID_PARAMETERS", 2],
    ["CONFIG_INVALID", 2],
    ["WORKFLOW_DEFINITION_INVALID", 2],
    ["INVALID_STATE", 2],
    ["WORKFLOW_NOT_FOUND", 3],
    ["EXECUTION_NOT_FOUND", 3],
    ["MODULE_NOT_FOUND", 3],
    ["STORAGE_ERROR", 4],
    ["STORE_CORRUPT", 4],
    ["STORE_VERSION", 4],
    ["UNSAFE_STATE_DIR", 5],
    ["PERMISSION_DENIED", 5],
    ["STORE_LOCKED", 6],
    ["INTERNAL_ERROR", 70],
    ["TIMEOUT_EXCEEDED", 124],
    ["CANCELLED", 130],
    ["TASK_EXECUTION_FAILED", 1],
    ["SOMETHING_NEW", 1],
  ])("%s ends with %i", (code, exit) => {
    expect(exitCodeOf(code)).toBe(exit);
  });

  it("is a documented code for every error, and never 0", () => {
    const documented = new Set<number>(Object.values(EXIT));
    for (const code of Object.keys(ERROR_CODES)) {
      expect(documented, code).toContain(exitCodeOf(code));
      expect(exitCodeOf(code), code).not.toBe(0);
    }
  });
});

describe("exitCodeOfRun", () => {
  it.each([
    [{ success: true, status: "completed", errorCode: null }, 0],
    [{ success: false, status: "failed", errorCode: "TASK_EXECUTION_FAILED" }, 1],
    [{ success: false, status: "failed", errorCode: "STORE_LOCKED" }, 1],
    [{ success: false, status: "failed", errorCode: null }, 1],
    [{ success: false, status: "failed", errorCode: "TIMEOUT_EXCEEDED" }, 124],
    [{ success: false, status: "cancelled", errorCode: "CANCELLED" }, 130],
  ])("%j ends with %i", (outcome, exit) => {
    expect(exitCodeOfRun(outcome)).toBe(exit);
  });
});
