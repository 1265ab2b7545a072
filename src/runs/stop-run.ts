import type { Clock } from "../core/clock.ts";
import type { RunState } from "../core/run-state.ts";
import type { Holder } from "../core/vocabulary.ts";
import { isHeld } from "../store/lock.ts";
import { writeRequest } from "../store/requests.ts";
import { readRun } from "./read-run.ts";

export interface StopRun {
  readonly runDir: string;
  /** Who requests the stop, for display. */
  readonly by: string;
  /** This process: `currentHolder()`. */
  readonly observer: Holder;
  readonly clock: Clock;
  readonly patienceMs: number;
}

/** The result of a stop request. */
export type StopOutcome =
  /** No process holds the run any more, and its journal says how it ended. */
  | { readonly kind: "ended"; readonly state: RunState }
  /** The process died without recording an end. The request remains for a restarted container. */
  | { readonly kind: "killed"; readonly state: RunState }
  /** The run was finished, or no process held it. */
  | { readonly kind: "not-running"; readonly state: RunState; readonly requestStands: boolean }
  | { readonly kind: "still-running" };

const POLL_MS = 200;

/** Requests that the holder of a run stops it, and waits for that. Works from any process that can write the directory. */
export async function stopRun(request: StopRun): Promise<StopOutcome> {
  const { runDir, observer, by, clock, patienceMs } = request;
  const { state } = readRun(runDir);
  const held = isHeld(runDir, observer);
  const mayComeBack = state.status.kind === "running" || state.status.kind === "interrupted";
  const requestStop = () => writeRequest(runDir, { format: 1, kind: "stop", at: isoNow(clock), by });
  if (!held) {
    if (mayComeBack) requestStop();
    return { kind: "not-running", state, requestStands: mayComeBack };
  }
  requestStop();
  const deadline = clock.monotonic() + patienceMs;
  while (isHeld(runDir, observer)) {
    if (clock.monotonic() > deadline) return { kind: "still-running" };
    await clock.sleep(POLL_MS, NEVER);
  }
  const after = readRun(runDir).state;
  return { kind: after.status.kind === "running" ? "killed" : "ended", state: after };
}

const NEVER = new AbortController().signal;

const isoNow = (clock: Clock): string => new Date(clock.now()).toISOString();
