import type { StopRequested } from "../core/stop-request.ts";
import type { FileSystem } from "../store/file-system.ts";
import { dropRequests, pendingRequests, type Request } from "../store/requests.ts";

const LOOK_EVERY_MS = 500;

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
