import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { onTestFinished } from "vitest";
import { livingWith } from "./live-steps.ts";
import { journalTail } from "./run-directory.ts";
import { until } from "./until.ts";
import { wholeLines } from "./whole-lines.ts";

/** The built command, the same files that a user starts: `npm run build` makes it. */
export const MAIN = resolve(import.meta.dirname, "../../dist/main.js");

/** How a start of the command ended, with all its output. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Everything known about it, for the message of a failed assertion. */
  readonly report: string;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments of node itself, before the command's file. */
  readonly nodeArgs?: readonly string[];
  /** A command that starts its remaining arguments, such as `unshare --uts`. */
  readonly through?: readonly [string, ...string[]];
  /** A process group of its own, for tests that kill it whole. */
  readonly detached?: boolean;
  /** Piped in; by default nothing is. */
  readonly stdin?: Uint8Array;
}

/** A running start of the command. */
export interface Started {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly ended: Promise<Ended>;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves when stderr contains the text. */
  said(text: string): Promise<void>;
}

/** A temporary directory that stands for one user's machine: home, workflows, runs. */
export interface Scene {
  readonly root: string;
  readonly home: string;
  readonly runs: string;
  /** Writes files below the root; scripts become executable. Returns the path of the first. */
  write(files: Readonly<Record<string, string>>): string;
  start(args: readonly string[], options?: StartOptions): Started;
  run(args: readonly string[], options?: StartOptions): Promise<Ended>;
  /** Runs the command. Rejects with everything known about it when it ends with another exit code. */
  exits(code: number, args: readonly string[], options?: StartOptions): Promise<Ended>;
  path(...parts: string[]): string;
  /** The file `$LEDGER` of scripts. */
  readonly ledgerFile: string;
  /** What scripts appended to it, line by line. */
  ledger(): readonly string[];
  /** Ends what still runs and removes everything. Happens by itself when the test is over. */
  remove(): void;
}

const LONGEST_END_MS = 10_000;
const LOOK_EVERY_MS = 5;

/**
 * Without this, processes of a runner that a failing test has killed would live on. Returns when all of them are gone,
 * because one that still writes would make the removal of its directory fail.
 */
function endAllOf(home: string): void {
  const living = () => livingWith((variable) => variable === `HOME=${home}`);
  const deadline = performance.now() + LONGEST_END_MS;
  for (let left = living(); left.length > 0 && performance.now() < deadline; left = living()) {
    for (const pid of left) killIfThere(pid);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_EVERY_MS);
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has already ended.
  }
}

/** Makes a scene. When the test is over, the scene is removed and everything that still runs in it ends. */
export function createScene(): Scene {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "longhaul-test-")));
  const path = (...parts: string[]) => join(root, ...parts);
  const home = path("home");
  const runs = path("runs");
  mkdirSync(home);
  const ledgerFile = path("ledger");
  const running = new Set<ChildProcess>();
  const remove = () => {
    for (const child of running) child.kill("SIGKILL");
    endAllOf(home);
    rmSync(root, { recursive: true, force: true });
  };
  onTestFinished(remove);
  const start = (args: readonly string[], options: StartOptions = {}): Started => {
    const [file, ...rest] = [...(options.through ?? []), process.execPath];
    const child = spawn(file ?? "", [...rest, ...(options.nodeArgs ?? []), MAIN, ...args], {
      cwd: root,
      env: { ...cleanEnvironment({ home, runs, ledgerFile }), ...options.env },
      stdio: [options.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      detached: options.detached ?? false,
    });
    child.stdin?.end(options.stdin);
    running.add(child);
    child.once("exit", () => running.delete(child));
    return follow(child, { args, runs });
  };
  return {
    root,
    home,
    runs,
    path,
    remove,
    ledgerFile,
    ledger: () => wholeLines(ledgerFile),
    write: (files) => writeFiles(root, files),
    start,
    run: (args, options) => start(args, options).ended,
    exits: async (code, args, options) => expectExit(code, await start(args, options).ended),
  };
}

/** Returns the end, or throws an error with everything known about it when the exit code differs. */
export function expectExit(code: number, ended: Ended): Ended {
  if (ended.code === code) return ended;
  throw new Error(`Expected exit ${code}:\n${ended.report}`);
}

/** Leaves out the tests' own environment: logins, keys and knobs. */
export function cleanEnvironment({
  home,
  runs,
  ledgerFile,
}: Pick<Scene, "home" | "runs" | "ledgerFile">): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    LANG: "C.UTF-8",
    HOME: home,
    AGENT_RUNS_DIR: runs,
    LEDGER: ledgerFile,
  };
}

function writeFiles(root: string, files: Readonly<Record<string, string>>): string {
  const paths = Object.entries(files).map(([name, content]) => {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    if (content.startsWith("#!")) chmodSync(path, 0o755);
    return path;
  });
  return paths[0] ?? root;
}

function follow(child: ChildProcess, { args, runs }: Call): Started {
  const printed = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => (printed[name] += text));
  }
  const ended = new Promise<Ended>((done, failed) => {
    child.once("error", failed);
    child.once("close", (code, signal) => {
      done(endedWith({ code, signal, ...printed }, { args, runs }));
    });
  });
  return {
    child,
    pid: child.pid ?? 0,
    ended,
    stdout: () => printed.stdout,
    stderr: () => printed.stderr,
    said: (text) =>
      until(
        () => printed.stderr.includes(text),
        () => `"${text}" on stderr, which has:\n${printed.stderr}`,
      ),
  };
}

interface Call {
  readonly args: readonly string[];
  readonly runs: string;
}

/** An end with its report, which reads the journals only when somebody asks. */
export function endedWith(end: Omit<Ended, "report">, { args, runs }: Call): Ended {
  const { code, signal, stdout, stderr } = end;
  return {
    ...end,
    get report() {
      return [
        `longhaul ${args.join(" ")}`,
        `exit ${code ?? "none"}, signal ${signal ?? "none"}`,
        `--- stdout\n${stdout.slice(-2000)}`,
        `--- stderr\n${stderr.slice(-4000)}`,
        `--- journals\n${journalTail(runs)}`,
      ].join("\n");
    },
  };
}
