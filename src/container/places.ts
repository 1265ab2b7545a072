import path from "node:path";

/** Where things are in the container. */
export interface Places {
  readonly workflow: string;
  readonly workspace: string;
  /** HOME of the runner and the agents. */
  readonly home: string;
  readonly runs: string;
  readonly temporary: string;
  /** The entrypoint's copies of the host's files: `~/.codex/auth.json` of the host is `codex/auth.json` here. */
  readonly lent: string;
  /** Where run.sh finds an exit code that the volume of runs does not take. */
  readonly unkeptOutcome: string;
  /** Written by the engine when it made this container. */
  readonly creationMark: string;
}

/** The container's own places; below another root for tests. */
export function placesBelow(root: string): Places {
  const at = (place: string): string => path.join(root, place);
  return {
    workflow: at("workflow"),
    workspace: at("workspace"),
    home: at("agent-state"),
    runs: at("runs"),
    temporary: at("tmp"),
    lent: at("tmp/longhaul-lent"),
    unkeptOutcome: at("tmp/longhaul-outcome"),
    creationMark: at(".dockerenv"),
  };
}
