import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProcess } from "../../../src/process/process-table.ts";
import type { ProcessRequest } from "../../../src/process/process-request.ts";
import { createRedactor } from "../../../src/process/redact.ts";

export const PATH = process.env["PATH"] ?? "/usr/bin:/bin";

export const newDirectory = (): string => mkdtempSync(join(tmpdir(), "longhaul-process-"));

export const newMarker = (): string => `${randomUUID()}/1`;

export const isAlive = (pid: number): boolean => findProcess(pid)?.alive ?? false;

/** Resolves when the condition is true; the test's own time limit bounds the wait. */
export async function until<T>(condition: () => T | undefined | false): Promise<T> {
  for (;;) {
    const value = condition();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The number in a file that a process writes when it is ready. */
export const pidIn = (path: string): Promise<number> =>
  until(() => {
    try {
      return Number(/^\d+\n/.exec(readFileSync(path, "utf8"))?.[0]) || undefined;
    } catch {
      return undefined;
    }
  });

/** A request for a bash script with its own directory and marker. */
export function bashRequest(script: string, changes: Partial<ProcessRequest> = {}): ProcessRequest {
  const directory = newDirectory();
  return {
    file: "bash",
    args: ["-c", script],
    cwd: directory,
    env: { PATH, LONGHAUL_STEP: newMarker() },
    stdoutFile: join(directory, "stdout.log"),
    stderrFile: join(directory, "stderr.log"),
    redactor: createRedactor([]),
    clocks: { turnMs: 60_000 },
    stop: { signal: "SIGTERM", to: "group", killAfterMs: 20_000 }, // a busy machine is slow to deliver a signal
    ...changes,
  };
}
