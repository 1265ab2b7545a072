import { channel } from "node:diagnostics_channel";
import { type EventEmitter, once } from "node:events";
import { realpathSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { execa, execaSync } from "execa";

/** The part of a child process that we use. */
export interface RunningProcess {
  readonly stdin: Writable | null;
  readonly stdout: Readable;
  readonly stderr: Readable;
  once(event: "exit" | "close", listener: (code: number | null, signal: string | null) => void): unknown;
}

export type Started =
  | { readonly kind: "running"; readonly subprocess: RunningProcess; readonly pid: number }
  /** The system's error, or Node's own when it rejects the request before it calls the system. */
  | { readonly kind: "refused"; readonly reason: unknown };

interface StartRequest {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The complete environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: "pipe" | "ignore";
}

/** Switches off execa's defaults that we do ourselves or do not want. */
const SWITCHED_OFF = {
  extendEnv: false,
  reject: false,
  stripFinalNewline: false,
  windowsHide: false,
  verbose: "none", // with NODE_DEBUG=execa it would print unredacted output
} as const;
/** The same for a process that execa does not wait for. */
const UNATTENDED = { ...SWITCHED_OFF, cleanup: false, forceKillAfterDelay: false } as const;

/**
 * Starts a process as the leader of its own group. Attach the output listeners before you await anything, because output
 * without a listener is dropped. Never throws.
 */
export async function startProcess(request: StartRequest): Promise<Started> {
  const zeroByteAt = request.args.findIndex((argument) => argument.includes("\0"));
  if (zeroByteAt >= 0) return { kind: "refused", reason: zeroByteError(zeroByteAt) };
  const started = tryToStart(() => start(request));
  if (started.kind === "refused") return { kind: "refused", reason: await started.reason };
  const { subprocess } = started;
  const { pid } = subprocess;
  if (pid !== undefined) return { kind: "running", subprocess, pid };
  const { cause } = await subprocess;
  return { kind: "refused", reason: cause };
}

/** execa would quote the whole argument, which may hold a secret, so this names only its index. The code is Node's. */
const zeroByteError = (at: number): Error =>
  Object.assign(new TypeError(`The argument 'args[${at}]' must be a string without null bytes.`), {
    code: "ERR_INVALID_ARG_VALUE",
  });

/**
 * When no more files can be opened, Node makes a child without streams. execa throws on it and leaves its `error` event
 * unhandled, which would end this process.
 */
function tryToStart<Subprocess>(begin: () => Subprocess) {
  const children: EventEmitter[] = [];
  const noteChild = (message: unknown) => {
    children.push((message as ChildMessage).process); // the form that Node documents for this channel
  };
  CHILDREN.subscribe(noteChild);
  try {
    return { kind: "begun", subprocess: begin() } as const;
  } catch (error) {
    return { kind: "refused", reason: unheardRefusal(children, error) } as const;
  } finally {
    CHILDREN.unsubscribe(noteChild);
  }
}

/** Reports every child process that Node makes. */
const CHILDREN = channel("child_process");

interface ChildMessage {
  readonly process: EventEmitter;
}

async function unheardRefusal([child]: readonly EventEmitter[], thrown: unknown): Promise<unknown> {
  if (child === undefined) return thrown;
  const [refusal] = await once(child, "error");
  return refusal;
}

const start = ({ file, args, cwd, env, stdin }: StartRequest) =>
  execa(file, args, {
    ...UNATTENDED,
    cwd: withoutParents(cwd),
    env,
    stdin,
    stdout: "pipe",
    stderr: "pipe",
    buffer: false,
    encoding: "buffer",
    detached: true,
  });

/**
 * execa resolves `..` textually. After a symbolic link that gives another directory than the system's.
 * @throws when the directory does not exist.
 */
const withoutParents = (path: string): string =>
  path.split("/").includes("..") ? realpathSync.native(path) : path;

interface CommandRequest {
  readonly file: string;
  readonly args: readonly string[];
  /** The complete environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
}

/** What a command printed, and whether it exited with 0 in time. */
export interface CommandEnd {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** How many characters of each output are kept. */
const MAX_COMMAND_OUTPUT = 1024 * 1024;

/** Runs a short command in our own process group, with empty stdin. Never throws. */
export async function runCommand({ timeoutMs, ...request }: CommandRequest): Promise<CommandEnd> {
  const started = tryToStart(() => startCommand(request));
  if (started.kind === "refused") {
    await started.reason;
    return { ok: false, stdout: "", stderr: "" };
  }
  const { subprocess } = started;
  // The library's own time limit also waits for anything else that holds the output open, perhaps for ever.
  const timer = setTimeout(() => {
    subprocess.kill("SIGKILL");
    subprocess.stdout.destroy();
    subprocess.stderr.destroy();
  }, timeoutMs);
  const { failed, stdout, stderr } = await subprocess;
  clearTimeout(timer);
  return { ok: !failed, stdout: stdout ?? "", stderr: stderr ?? "" }; // undefined when Node refuses to start it
}

const startCommand = ({ file, args, env }: Omit<CommandRequest, "timeoutMs">) =>
  execa(file, args, { ...UNATTENDED, env, stdin: "ignore", maxBuffer: MAX_COMMAND_OUTPUT });

/** The output of a command, at most `maxBytes`, for callers that cannot await; empty when it does not start. */
export function readCommandSync(
  [file, ...args]: readonly [string, ...string[]],
  {
    env,
    maxBytes,
  }: { readonly env: Readonly<Record<string, string | undefined>>; readonly maxBytes: number },
): string {
  const { stdout } = execaSync(file, args, { ...SWITCHED_OFF, env, stdin: "ignore", maxBuffer: maxBytes });
  return stdout ?? "";
}

interface ForegroundRequest {
  readonly file: string;
  readonly args: readonly string[];
  /** The complete environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: "inherit" | "ignore";
}

export interface Foreground {
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly end: Promise<ForegroundOutcome>;
}

/** Exactly one of the three is set. */
export interface ForegroundOutcome {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  /** Why it was not started: the system's code, for example ENOENT. */
  readonly refused?: string | undefined;
}

/** Starts a process with our own output, in our own process group. Never throws. */
export function startInForeground({ file, args, env, stdin }: ForegroundRequest): Foreground {
  const options = { ...UNATTENDED, env, stdin, stdout: "inherit", stderr: "inherit" } as const;
  const started = tryToStart(() => execa(file, args, options));
  if (started.kind === "refused")
    return { kill: () => undefined, end: started.reason.then((reason) => ({ refused: codeOf(reason) })) };
  const { subprocess } = started;
  const end = subprocess.then(({ exitCode, signal, cause }) =>
    exitCode === undefined && signal === undefined ? { refused: codeOf(cause) } : { exitCode, signal },
  );
  return { kill: (signal) => void subprocess.kill(signal), end };
}

const codeOf = (reason: unknown): string =>
  reason instanceof Error && "code" in reason ? String(reason.code) : String(reason);
