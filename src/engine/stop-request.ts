import type { FileSystem } from "../store/file-system.ts";
import { dropRequests, pendingRequests, type Request } from "../store/requests.ts";

/** Why a run's stop signal was aborted: another process asked through `requests/`, and it is to stay stopped. */
export interface StopRequested {
  readonly kind: "stop-requested";
  readonly why: string;
}

const LOOK_EVERY_MS = 500;

/** Tells whether an abort came from a request, so that it is recorded as a stop and not as an interruption. */
export const isStopRequested = (reason: unknown): reason is StopRequested =>
  typeof reason === "object" && reason !== null && "kind" in reason && reason.kind === "stop-requested";

/**
 * Looks for requests at once and then twice a second, for the holder of the run's lock; returns how to end that.
 * A stop that was acted on is forgotten by `forgetRequests`, once what came of it is durable.
 */
export function watchRequests(runDir: string, stop: AbortController): () => void {
  const look = () => {
    const [request] = readRequests(runDir);
    if (request !== undefined && !stop.signal.aborted) stop.abort(stopRequested(request));
  };
  look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** A `requests/` that cannot be read now is looked at again; the journal reports a failing disk itself. */
function readRequests(runDir: string): readonly Request[] {
  try {
    return pendingRequests(runDir);
  } catch {
    return [];
  }
}

const stopRequested = ({ by, at }: Request): StopRequested => ({
  kind: "stop-requested",
  why: `Stopped by request of ${by} at ${at}.`,
});

/** Forgets what was asked before now; for the holder of the lock. */
export const forgetRequests = (runDir: string, files: FileSystem): void => dropRequests(runDir, files);
