import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { build } from "rolldown";
import { onTestFinished } from "vitest";

const STORE = resolve(import.meta.dirname, "../../../src/store");

export interface BuiltStore {
  readonly directory: string;
  remove(): void;
}

/** The parts of the store that lock-child.mjs loads, bundled for plain node: the oldest supported version runs no TypeScript. */
export async function buildStore(): Promise<BuiltStore> {
  const directory = mkdtempSync(join(tmpdir(), "longhaul-store-build-"));
  const input = Object.fromEntries(
    ["lock", "holder", "journal"].map((name) => [name, join(STORE, `${name}.ts`)]),
  );
  await build({
    input,
    platform: "node",
    output: { dir: directory, format: "esm", entryFileNames: "[name].mjs", chunkFileNames: "[name].mjs" },
  });
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

export interface LockChild {
  readonly pid: number;
  /** Its next line of output; undefined when it has ended. */
  next(): Promise<string | undefined>;
  signal(signal: NodeJS.Signals): void;
  /** Kills it and waits until it is gone. */
  kill(): Promise<void>;
}

/** A real process that competes for the lock of a run. */
export function startLockChild(built: string, runDir: string): LockChild {
  const script = join(import.meta.dirname, "lock-child.mjs");
  const child = spawn(process.execPath, [script, built, runDir]);
  const gone = new Promise<void>((done) => child.once("close", () => done()));
  const kill = async () => {
    child.kill("SIGKILL");
    await gone;
  };
  onTestFinished(kill);
  const lines = linesOf(child);
  return {
    pid: child.pid ?? 0,
    next: async () => (await lines.next()).value,
    signal: (signal) => void child.kill(signal),
    kill,
  };
}

async function* linesOf(child: ChildProcessWithoutNullStreams): AsyncGenerator<string, undefined> {
  for await (const line of createInterface({ input: child.stdout })) yield line;
  return undefined;
}
