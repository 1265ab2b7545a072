import type { Failure } from "../core/failure.ts";

interface Reason {
  /** Why the run stopped or waits, in Longhaul's words. */
  readonly why: string;
  /** The failure that `why` quotes, if any. */
  readonly failure: Failure | null | undefined;
  readonly place: FailedPlace | undefined;
}

/** The step that failed. */
export interface FailedPlace {
  readonly node: string;
  readonly visit: number;
  readonly attempts: number;
  /** Path of the script in the copy of the workflow; null for other nodes. */
  readonly script: string | null;
}

/** Rewrites `why` without the paths and timeouts of the scratch copy, so that it is the same on every machine. Pure. */
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
