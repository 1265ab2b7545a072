import path from "node:path";

/** The paths in the container. */
export interface Places {
  readonly workflow: string;
  readonly workspace: string;
  /** HOME of the runner and the agents. */
  readonly home: string;
  readonly runs: string;
  readonly temporary: string;
  /** The entrypoint's copies of the host's files: `~/.codex/auth.json` of the host is `codex/auth.json` here. */
  readonly lent: string;
  /** run.sh finds the exit code here if the volume of runs refuses it. */
  readonly unkeptOutcome: string;
  /** The engine writes this file when it creates the container. */
  readonly creationMark: string;
}

/** Returns the container's paths; tests use another root. */
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
