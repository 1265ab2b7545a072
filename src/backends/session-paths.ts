import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "./backend.ts";
import { codexHome } from "./codex/session.ts";
import { copilotHome } from "./copilot/session.ts";

/** An id as the CLIs make them; anything else in a journal must not lead to a path. */
const SESSION_ID = /^[A-Za-z0-9][A-Za-z0-9-]{7,63}$/;

/** What a CLI keeps of one session on this machine: files and folders that exist. Empty for an id that is none. */
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

/** One folder per working directory, named after it; the session's own folder holds what its subagents did. */
function claudePaths(sessionId: string, environment: Environment): readonly string[] {
  const home = environment["CLAUDE_CONFIG_DIR"] || join(environment["HOME"] ?? "/", ".claude");
  const projects = join(home, "projects");
  return namesIn(projects)
    .flatMap((name) => [join(projects, name, `${sessionId}.jsonl`), join(projects, name, sessionId)])
    .filter(exists);
}

/** Sorted into folders by date. */
function codexPaths(sessionId: string, environment: Environment): readonly string[] {
  const sessions = join(codexHome(environment), "sessions");
  if (!exists(sessions)) return [];
  return readdirSync(sessions, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(`-${sessionId}.jsonl`))
    .map((name) => join(sessions, name));
}

const exists = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

const namesIn = (directory: string): readonly string[] => (exists(directory) ? readdirSync(directory) : []);
