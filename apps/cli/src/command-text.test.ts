import { afterEach, describe, expect, it, vi } from "vitest";
import { withCommands } from "./command-text.ts";

afterEach(() => vi.unstubAllEnvs());

describe("withCommands", () => {
  it("names commands as the script that started the program does", () => {
    vi.stubEnv("ORCH_COMMAND", "npm run orch --");
    expect(withCommands("List them with 'orch execution list'.")).toBe(
      "List them with 'npm run orch -- execution list'.",
    );
    expect(withCommands("orch resume 1, or orch why 1")).toBe(
      "npm run orch -- resume 1, or npm run orch -- why 1",
    );
  });

  it("leaves what is no command", () => {
    vi.stubEnv("ORCH_COMMAND", "npx orch");
    for (const text of ["this orch knows", "Use the newer orch that wrote it", "myorch run", "/orch run"])
      expect(withCommands(text)).toBe(text);
  });
});
