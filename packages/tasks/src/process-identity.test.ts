import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { systemProbe } from "./process-identity.ts";

const { self, liveness, isStopped } = systemProbe();
const onLinux = it.skipIf(self.startTime === null);

/** The start time as the system tells it. */
function startTimeOf(pid: number): string | null {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
}

onLinux("knows a process that lives from one that has ended, and from a later one with its pid", async () => {
  const child = spawn(process.execPath, ["--eval", "process.stdin.resume()"]);
  await once(child, "spawn");
  const pid = child.pid ?? 0;
  const other = { ...self, pid, startTime: startTimeOf(pid) };
  expect(liveness(other)).toBe("alive");
  expect(liveness({ ...other, startTime: "1" })).toBe("dead");
  expect(liveness({ ...other, bootId: "another" })).toBe("dead");
  expect(liveness({ ...other, pidNamespace: "pid:[1]" })).toBe("unknown");
  expect(isStopped?.(pid)).toBe(false);
  child.kill("SIGSTOP");
  while (isStopped?.(pid) !== true) await new Promise(setImmediate);
  expect(liveness(other)).toBe("alive");
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(liveness(other)).toBe("dead");
  expect(isStopped?.(pid)).toBe(false);
});

onLinux("counts a process that has ended and was not waited for as dead", async () => {
  // The shell becomes a program that never waits for the child that it got from the shell.
  const script = "sleep 0 & echo $!; exec sleep 60";
  const parent = spawn("/bin/sh", ["-c", script]);
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(line.toString());
  const state = () => readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.[0];
  const other = { ...self, pid, startTime: startTimeOf(pid) };
  while (state() !== "Z") await new Promise(setImmediate);
  expect(liveness(other)).toBe("dead");
  parent.kill("SIGKILL");
  await once(parent, "exit");
});
