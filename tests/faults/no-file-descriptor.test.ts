import { execFileSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { expect, it } from "vitest";
import { StorageFailure } from "../../src/core/ports.ts";
import { runCommand } from "../../src/process/start-process.ts";
import { superviseProcess } from "../../src/process/subprocess.ts";
import { recordFault } from "../support/fault-matrix.ts";
import { bashRequest, PATH } from "../unit/process/processes.ts";

const never = new AbortController().signal;
/** A process takes pipes for its three streams; with fewer the start fails at another of them. */
const FREE = [0, 1, 2, 3, 4, 5];

it("is refused a process when no file descriptor is free, and starts one when there is", async ({ task }) => {
  const request = bashRequest("");
  await superviseProcess(request, never); // loads all the code that it needs
  const found = { "starts refused": 0, "starts afterwards": 0 };
  for (const free of FREE) {
    // Without a descriptor for its output files a start throws StorageFailure; the process lives on in both cases.
    const end = await withFewFiles(free, () =>
      superviseProcess(request, never).then(
        (ended) => (ended.kind === "not_started" ? ended.code : ended.kind),
        (error: unknown) => (error instanceof StorageFailure ? "EMFILE" : String(error)),
      ),
    );
    expect(end).toBe("EMFILE");
    found["starts refused"] += 1;
    found["starts afterwards"] += (await superviseProcess(request, never)).kind === "exited" ? 1 : 0;
  }
  const three = await withFewFiles(3, () => superviseProcess(request, never));
  expect(three).toMatchObject({ kind: "not_started", code: "EMFILE", message: "spawn bash EMFILE" });
  const command = { file: "bash", args: ["-c", "echo out"], env: { PATH }, timeoutMs: 60_000 };
  await runCommand(command);
  const asked = await withFewFiles(3, () => runCommand(command));
  expect(asked).toEqual({ ok: false, stdout: "", stderr: "" });
  expect(await runCommand(command)).toMatchObject({ ok: true, stdout: "out\n" });
  expect(found).toEqual({ "starts refused": FREE.length, "starts afterwards": FREE.length });
  recordFault(task, {
    promise: 2,
    fault: "no file descriptor is free when a process is to start",
    how: "the limit of this process lowered with prlimit, none to five descriptors left",
    injected: FREE.length,
    found,
    outcome: "the start is reported as EMFILE, the runner lives on, and the next start works",
  });
});

/** Runs something while this process can open only a limited number of further files. */
async function withFewFiles<T>(free: number, action: () => Promise<T>): Promise<T> {
  const probe = openSync("/dev/null", "r");
  const limit = softLimit();
  setSoftLimit(String(probe + 50));
  const taken = [probe, ...takeAllFiles()];
  const freed = free === 0 ? [] : taken.splice(-free);
  for (const file of freed) closeSync(file);
  try {
    return await action();
  } finally {
    for (const file of taken) closeSync(file);
    setSoftLimit(limit);
  }
}

function takeAllFiles(): readonly number[] {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync("/dev/null", "r"));
  } catch {
    return taken;
  }
}

const prlimit = (...args: readonly string[]) =>
  execFileSync("prlimit", ["--pid", String(process.pid), ...args], { encoding: "utf8" });

const softLimit = (): string => prlimit("--nofile", "--output=SOFT", "--noheadings", "--raw").trim();

const setSoftLimit = (limit: string): unknown => prlimit(`--nofile=${limit}:`);
