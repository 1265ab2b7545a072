/** Starts a real CLI the plain way, without Longhaul, to see what it does against the model server. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type CliSetting, prepareCli } from "../support/cli-environment.ts";
import type { CliName, InstalledClis } from "../support/clis.ts";
import { type Json, parseJson } from "../support/model-server/json.ts";

export interface CliRun {
  /** Each stdout line, parsed. */
  readonly events: readonly Json[];
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

interface RunningCli {
  readonly finished: Promise<CliRun>;
  /** SIGKILLs the process group. */
  readonly kill: () => void;
}

/** One CLI with a home and a working directory of its own. */
export interface CliSeat {
  readonly cli: CliName;
  readonly directory: string;
  readonly start: (prompt: string, options?: StartOptions) => RunningCli;
  readonly run: (prompt: string, options?: StartOptions) => Promise<CliRun>;
  readonly leave: () => Promise<void>;
}

interface StartOptions {
  readonly extraArguments?: readonly string[];
  readonly resume?: string;
}

const SEAT_PREFIX = "longhaul-conformance-";

/** Own retries are off where the CLI lets us, so that each failure shows after one request. */
export async function takeSeat(
  setting: Pick<CliSetting, "cli" | "serverUrl" | "login"> & { readonly clis: InstalledClis },
): Promise<CliSeat> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), SEAT_PREFIX)));
  const env = { ...(await prepareCli({ ...setting, home: directory })), CLAUDE_CODE_MAX_RETRIES: "0" };
  const running = new Set<ChildProcess>();
  const start = (prompt: string, options: StartOptions = {}): RunningCli => {
    const child = spawn(setting.clis[setting.cli], argumentsOf(setting.cli, options), {
      cwd: directory,
      env,
      detached: true,
    });
    running.add(child);
    child.stdin.end(prompt);
    return { finished: finish(child), kill: () => killGroup(child) };
  };
  return {
    cli: setting.cli,
    directory,
    start,
    run: (prompt, options) => start(prompt, options).finished,
    async leave() {
      for (const child of running) killGroup(child);
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const CODEX_FLAGS = [
  "--json",
  "--skip-git-repo-check",
  "--dangerously-bypass-approvals-and-sandbox",
  "-c",
  "model_providers.scripted.request_max_retries=0",
  "-c",
  "model_providers.scripted.stream_max_retries=0",
];

function argumentsOf(cli: CliName, { extraArguments = [], resume }: StartOptions): readonly string[] {
  switch (cli) {
    case "claude": {
      const flags = [
        "-p",
        "--output-format",
        "stream-json",
        "--verbose",
        "--dangerously-skip-permissions",
        "--model",
        "sonnet",
      ];
      return [...flags, ...(resume === undefined ? [] : ["--resume", resume]), ...extraArguments];
    }
    case "codex": {
      const flags = [...CODEX_FLAGS, ...extraArguments];
      return resume === undefined ? ["exec", ...flags, "-"] : ["exec", "resume", ...flags, resume, "-"];
    }
    case "copilot": {
      const flags = ["--output-format", "json", "--allow-all", "--no-ask-user", "--no-auto-update"];
      return [...flags, ...(resume === undefined ? [] : [`--resume=${resume}`]), ...extraArguments];
    }
  }
}

async function finish(child: ChildProcess): Promise<CliRun> {
  const { stdout: out, stderr: err } = child;
  if (out === null || err === null) throw new Error("started without pipes");
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const [stdout, stderr, exitCode] = await Promise.all([text(out), text(err), exit]);
  const events = stdout
    .split("\n")
    .filter((line) => line !== "")
    .map(parseJson);
  return { events, stdout, stderr, exitCode };
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    // ESRCH: it ended between the check and the signal.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
