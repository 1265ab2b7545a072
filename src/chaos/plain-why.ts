import type { Failure } from "../core/failure.ts";

interface Reason {
  /** Why the run stands, as Longhaul says it. */
  readonly why: string;
  /** The failure that `why` is about, if it is about one. */
  readonly failure: Failure | null | undefined;
  readonly place: FailedPlace | undefined;
}

/** The step that failed. */
export interface FailedPlace {
  readonly node: string;
  readonly visit: number;
  readonly attempts: number;
  /** The script as the copy of the workflow names it; null for other nodes. */
  readonly script: string | null;
}

/** In the words of the workflow's author, and the same on each machine: nothing of the copy and its limits of time. Pure. */
export const plainWhy = ({ why, failure, place }: Reason): string =>
  failure == null || place === undefined
    ? why
    : why.replace(failure.message, () => plainMessage(failure, place));

function plainMessage({ signal, reason, message }: Failure, place: FailedPlace): string {
  const { node, visit, attempts, script } = place;
  if (signal === "replay.missing")
    return `The replayed answers have none for node ${node}, visit ${visit}, attempt ${attempts}.`;
  if (script === null || !message.startsWith(script)) return message;
  return reason === "timeout"
    ? "its script was stopped after its timeout"
    : `its script${message.slice(script.length)}`;
}
