import type { Failure } from "../core/failure.ts";
import type { NotStarted } from "../core/process-end.ts";
import type { SupervisedEnd } from "../process/supervised-end.ts";
import { BUSY_MACHINE } from "../recovery/failure-rows-process.ts";

/** EX_TEMPFAIL: a script exits with it when the environment is not ready and its work is not at fault. */
const NOT_NOW_EXIT_CODE = 75;
const TAIL_LINES = 20;

interface EndedScript {
  /** The script as the workflow names it. */
  readonly script: string;
  readonly end: SupervisedEnd;
  readonly timeoutMs: number;
}

/** The failure that the end of a script's process means; undefined when it exited with 0 by itself. */
export function scriptFailure({ script, end, timeoutMs }: EndedScript): Failure | undefined {
  if (end.kind === "not_started") return spawnFailure(script, end);
  if (end.stoppedBy === "turn-clock") {
    const message = `${script} was stopped after its timeout of ${timeoutMs / 1000} s${likelyCause(end)}`;
    return { class: "script", reason: "timeout", message, ...stderrOf(end) };
  }
  if (end.kind === "signalled") {
    const message = `${script} was killed by ${end.signal}${likelyCause(end)}`;
    return { class: "script", reason: "signal", message, ...stderrOf(end) };
  }
  if (end.code === 0) return undefined;
  if (end.code === NOT_NOW_EXIT_CODE) {
    const said = lastLines(end.stderrTail, 1);
    const message = `${script} says "not now" (exit code 75)${said === "" ? "" : `: ${said}`}`;
    return { class: "transient", reason: "not_now", message };
  }
  const message = `${script} exited with code ${end.code}${likelyCause(end)}`;
  return { class: "script", reason: "exit_code", exit_code: end.code, message, ...stderrOf(end) };
}

/** The last lines of stderr, as a field of a failure; absent when there are none. */
export function stderrOf({ stderrTail }: SupervisedEnd): { readonly stderr_tail?: string } {
  const tail = lastLines(stderrTail, TAIL_LINES);
  return tail === "" ? {} : { stderr_tail: tail };
}

const lastLines = (text: string, count: number): string =>
  text.trimEnd().split("\n").slice(-count).join("\n");

function likelyCause({ likelyOutOfMemory, likelyTooManyProcesses }: SupervisedEnd): string {
  if (likelyOutOfMemory) return ", probably because memory ran out";
  return likelyTooManyProcesses ? ", probably because the limit of processes was reached" : "";
}

function spawnFailure(script: string, { code, message, missing }: NotStarted): Failure {
  const what = `${script} could not be started: ${message} (${code})`;
  const failure = BUSY_MACHINE.includes(code)
    ? ({ class: "transient", reason: "spawn_busy" } as const)
    : ({ class: "script", reason: "spawn" } as const);
  const remedy =
    missing === "cwd"
      ? "Create the directory, let this user enter it, or change the node's cwd."
      : REMEDIES[code];
  return { ...failure, message: what, ...(remedy !== undefined && { remedy }) };
}

const REMEDIES: Readonly<Record<string, string>> = {
  ENOENT: "Install the interpreter that the script needs, or add it to PATH.",
  EACCES: "Make the script executable (chmod +x), or give it the ending of its interpreter (.sh, .py, .js).",
  E2BIG: "Keep what is longer than 128 KiB in a file, and pass its path as argument or variable.",
  ERR_INVALID_ARG_VALUE: "No program can be given a zero byte: leave it out where the value is made.",
  EAGAIN: "Raise the limit of processes (ulimit -u, or pids_limit of the container).",
};
