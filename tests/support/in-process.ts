import { readdirSync } from "node:fs";
import { main } from "../../src/cli/program.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import { cleanEnvironment, type Ended, endedWith, expectExit, type Scene } from "./longhaul.ts";

/**
 * The command line called in this process, which takes a fifth of the processor time of a start. For what a command does;
 * what only a process shows (signals, pipes, its exit code, a kill) takes `scene.start`. Rejects at another exit code.
 */
export async function calls(
  scene: Scene,
  code: number,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const printed = { stdout: "", stderr: "" };
  const terminal = memoryTerminal(printed, { ...cleanEnvironment(scene), ...env });
  const inScene = args.map((arg) => absolute(scene, arg));
  const exitCode = await main(inScene, terminal);
  return expectExit(
    code,
    endedWith({ code: exitCode, signal: null, ...printed }, { args, runs: scene.runs }),
  );
}

/** A terminal that adds to `printed` what a command prints; nobody sends it a signal. */
export function memoryTerminal(
  printed: { stdout: string; stderr: string },
  environment: Readonly<Record<string, string>>,
): Terminal {
  const say = (text: string) => void (printed.stderr += `${text}\n`);
  return {
    environment,
    onSignal: () => undefined,
    out: (text) => void (printed.stdout += `${text}\n`),
    say,
    sayLong: say,
    bulk: (text) => void (printed.stdout += typeof text === "string" ? text : Buffer.from(text).toString()),
    printsProgressOnly: () => undefined,
  };
}

/** A thread has no working directory of its own, so a path that begins in the scene's directory is given as a whole. */
function absolute(scene: Scene, arg: string): string {
  const [first = ""] = arg.split("/");
  return first !== "" && readdirSync(scene.root).includes(first) ? scene.path(arg) : arg;
}
