import type { StopRequested } from "../core/stop-request.ts";
import type { FileSystem } from "../store/file-system.ts";
import { dropRequests, pendingRequests, type Request } from "../store/requests.ts";

const POLL_MS = 500;

/**
 * Checks for requests now and then twice a second; returns a function that ends this. The caller holds the run's lock.
 * Requests stay on disk until `forgetRequests`, which is called after the stop is durable.
 */
export function watchRequests(runDir: string, stop: AbortController): () => void {
  const check = () => {
    const [request] = readRequests(runDir);
    if (request !== undefined && !stop.signal.aborted) stop.abort(stopRequested(request));
  };
  check();
  const timer = setInterval(check, POLL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** A `requests/` that cannot be read now is read again at the next check. A failing disk is reported by the journal. */
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

/** Deletes all requests made so far. The caller holds the lock. */
export const forgetRequests = (runDir: string, files: FileSystem): void => dropRequests(runDir, files);
