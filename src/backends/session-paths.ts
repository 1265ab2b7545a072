import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "./backend.ts";
import { codexHome } from "./codex/session.ts";
import { copilotHome } from "./copilot/session.ts";

/** An id in the CLIs' format. Any other text in a journal must not become a path. */
const SESSION_ID = /^[A-Za-z0-9][A-Za-z0-9-]{7,63}$/;

/** The existing files and directories of one session on this machine; empty when the id is malformed. */
export function sessionPaths(cli: string, sessionId: string, environment: Environment): readonly string[] {
  if (!SESSION_ID.test(sessionId)) return [];
  switch (cli) {
    case "claude":
      return claudePaths(sessionId, environment);
    case "codex":
      return codexPaths(sessionId, environment);
    case "copilot":
      return [join(copilotHome(environment), "session-state", sessionId)].filter(exists);
    default:
      return []; // replay keeps none
  }
}

/** One directory per working directory, named after it. The session's own directory holds its subagents' files. */
function claudePaths(sessionId: string, environment: Environment): readonly string[] {
  const home = environment["CLAUDE_CONFIG_DIR"] || join(environment["HOME"] ?? "/", ".claude");
  const projects = join(home, "projects");
  return namesIn(projects)
    .flatMap((name) => [join(projects, name, `${sessionId}.jsonl`), join(projects, name, sessionId)])
    .filter(exists);
}

/** Sorted into directories by date. */
function codexPaths(sessionId: string, environment: Environment): readonly string[] {
  const sessions = join(codexHome(environment), "sessions");
  if (!exists(sessions)) return [];
  return readdirSync(sessions, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(`-${sessionId}.jsonl`))
    .map((name) => join(sessions, name));
}

const exists = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

const namesIn = (directory: string): readonly string[] => (exists(directory) ? readdirSync(directory) : []);
