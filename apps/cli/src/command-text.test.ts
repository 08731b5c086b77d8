import { afterEach, describe, expect, it, vi } from "vitest";
import { commandText, nameWithPlace, withCommands } from "./command-text.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  nameWithPlace({});
});

describe("nameWithPlace", () => {
  it("has every command say where the state is, as a shell takes it", () => {
    nameWithPlace({ baseDir: "/my work/it's", config: "a.json" });
    const options = "orch --base-dir '/my work/it'\\''s' --config a.json";
    expect(commandText("resume 1")).toBe(`${options} resume 1`);
    expect(withCommands("List them with 'orch execution list'.")).toBe(
      `List them with '${options} execution list'.`,
    );
    nameWithPlace({});
    expect(commandText("resume 1")).toBe("orch resume 1");
  });
});

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
