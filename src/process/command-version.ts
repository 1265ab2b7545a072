import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

const VERSION_TIMEOUT_MS = 10_000;

/** Resolves a command's name to a file as a shell would; undefined when none is found. */
export function findCommand(
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (name.includes("/")) return isProgram(name) ? name : undefined;
  const directories = (environment["PATH"] ?? "").split(delimiter).filter((directory) => directory !== "");
  return directories.map((directory) => join(directory, name)).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The output of `FILE --version`; empty when it prints nothing or does not end within 10 seconds. */
export async function commandVersion(file: string, environment: Environment): Promise<string> {
  return (await commandOutput([file, "--version"], environment)).text;
}

/** A command's output (stderr if stdout is empty), and whether it exited with 0 within 10 seconds. */
export async function commandOutput(
  [file, ...args]: readonly [string, ...string[]],
  environment: Environment,
): Promise<{ readonly ok: boolean; readonly text: string }> {
  const { runCommand } = await import("./start-process.ts");
  const { ok, stdout, stderr } = await runCommand({
    file,
    args,
    env: environment,
    timeoutMs: VERSION_TIMEOUT_MS,
  });
  return { ok, text: (stdout.trim() === "" ? stderr : stdout).trim() };
}
