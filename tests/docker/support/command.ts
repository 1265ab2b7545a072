/** Real commands, their output and their exit code. */
import { type ChildProcess, spawn } from "node:child_process";
import { text } from "node:stream/consumers";

export interface CommandResult {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, for messages of failed assertions. */
  readonly output: string;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Nothing when absent. */
  readonly stdin?: string;
}

export interface RunningCommand {
  readonly child: ChildProcess;
  readonly finished: Promise<CommandResult>;
}

/** The environment is exactly `env` plus PATH and what the docker client needs to find its engine and plugins. */
export function start(
  command: string,
  args: readonly string[],
  { env = {}, cwd = "/", stdin }: CommandOptions = {},
): RunningCommand {
  const child = spawn(command, args, {
    cwd,
    env: { ...dockerEnvironment(), ...env },
    stdio: [stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  child.stdin?.end(stdin);
  return { child, finished: finish(child) };
}

export function run(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return start(command, args, options).finished;
}

/** For commands that must succeed: their stdout without the last line break. @throws Error with the whole output. */
export async function mustRun(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { code, stdout, output } = await run(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${output}`);
  return stdout.trimEnd();
}

/** @throws Error with all that the command printed. */
export function expectExit({ code: ended, output }: CommandResult, code: number): void {
  if (ended !== code) throw new Error(`ended with ${ended}, not with ${code}:\n${output}`);
}

function dockerEnvironment(): NodeJS.ProcessEnv {
  const home = process.env["HOME"] ?? "/";
  const kept = ["PATH", "DOCKER_HOST", "DOCKER_CONTEXT", "TMPDIR"].map((name) => [name, process.env[name]]);
  return { HOME: home, DOCKER_CONFIG: `${home}/.docker`, ...Object.fromEntries(kept) };
}

async function finish(child: ChildProcess): Promise<CommandResult> {
  const { stdout: out, stderr: err } = child;
  if (out === null || err === null) throw new Error("started without pipes");
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const [stdout, stderr, code] = await Promise.all([text(out), text(err), exit]);
  return { code, stdout, stderr, output: stdout + stderr };
}
