import { EXIT, type ExitCode, UsageError } from "../core/failure.ts";
import { LeaseLost, StorageFailure } from "../core/ports.ts";
import { inHostPaths } from "./called-as.ts";
import type { Terminal } from "./terminal.ts";

/** Prints what went wrong and returns the exit code for it. Only bugs of Longhaul get a stack trace. */
export function reportError(error: unknown, terminal: Terminal): ExitCode {
  if (error instanceof UsageError) {
    terminal.say(inHostPaths(`longhaul: ${error.message}`));
    for (const detail of error.details) terminal.say(inHostPaths(`  ${detail}`));
    return error.exitCode;
  }
  if (error instanceof LeaseLost) {
    terminal.say(`longhaul: ${error.message}`);
    return EXIT.held;
  }
  if (error instanceof StorageFailure) {
    terminal.say(`longhaul: ${error.message}`);
    return EXIT.resumable;
  }
  if (isMissingDirectory(error)) {
    terminal.say("longhaul: the current directory no longer exists");
    terminal.say("  Change to one that does (cd), then start the same command again.");
    return EXIT.usage;
  }
  terminal.say("longhaul: this is a bug in Longhaul, please report it with the lines below.");
  for (let cause = error; cause !== undefined; cause = causeOf(cause)) terminal.say(describe(cause));
  return EXIT.bug;
}

/** Node throws this for a relative path if the working directory was removed. */
const isMissingDirectory = (error: unknown): boolean =>
  error instanceof Error && "syscall" in error && error.syscall === "uv_cwd";

const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error);

const causeOf = (error: unknown): unknown => (error instanceof Error ? error.cause : undefined);
