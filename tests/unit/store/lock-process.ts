import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";

const ROOT = resolve(import.meta.dirname, "../../..");

/** The store compiled for plain node, which runs no TypeScript at the lowest version we support. */
export function buildStore(): { readonly directory: string; readonly remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), "longhaul-store-build-"));
  symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"));
  writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
  const config = {
    extends: join(ROOT, "tsconfig.json"),
    compilerOptions: {
      rootDir: join(ROOT, "src"),
      outDir: directory,
      noEmit: false,
      typeRoots: [join(ROOT, "node_modules/@types")],
    },
    include: [join(ROOT, "src/store")],
  };
  writeFileSync(join(directory, "tsconfig.json"), JSON.stringify(config));
  execFileSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", join(directory, "tsconfig.json")]);
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

export interface LockChild {
  readonly pid: number;
  /** The next line that it says; undefined when it has ended. */
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
