import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

const VERSION_TIMEOUT_MS = 10_000;

/** The file that a command's name means, as a shell would find it; undefined where there is none. */
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

/** What `FILE --version` prints, at most 10 seconds later; empty when it prints nothing or does not end. */
export async function commandVersion(file: string, environment: Environment): Promise<string> {
  return (await commandOutput([file, "--version"], environment)).text;
}

/** What a command prints, stderr where stdout is empty, and whether it ended well within 10 seconds. */
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
