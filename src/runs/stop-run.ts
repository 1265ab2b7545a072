import type { Clock } from "../core/clock.ts";
import type { RunState } from "../core/run-state.ts";
import type { Holder } from "../core/vocabulary.ts";
import { isHeld } from "../store/lock.ts";
import { writeRequest } from "../store/requests.ts";
import { readRun } from "./read-run.ts";

export interface StopRun {
  readonly runDir: string;
  /** Who asks, for people. */
  readonly by: string;
  /** This process: `currentHolder()`. */
  readonly observer: Holder;
  readonly clock: Clock;
  readonly patienceMs: number;
}

/** What came of asking a run to stop. */
export type StopOutcome =
  /** Nobody holds it any more, and its journal says how it ended. */
  | { readonly kind: "ended"; readonly state: RunState }
  /** Its process died without a word; the request stands for a container that comes back. */
  | { readonly kind: "killed"; readonly state: RunState }
  /** It was over, or nobody was at work on it. */
  | { readonly kind: "not-running"; readonly state: RunState; readonly requestStands: boolean }
  | { readonly kind: "still-running" };

const LOOK_EVERY_MS = 200;

/** Asks the process that holds a run to stop it, and waits for that. Works from any process that sees the directory. */
export async function stopRun(request: StopRun): Promise<StopOutcome> {
  const { runDir, observer, by, clock, patienceMs } = request;
  const { state } = readRun(runDir);
  const held = isHeld(runDir, observer);
  const mayComeBack = state.status.kind === "running" || state.status.kind === "interrupted";
  const ask = () => writeRequest(runDir, { format: 1, kind: "stop", at: isoNow(clock), by });
  if (!held) {
    if (mayComeBack) ask();
    return { kind: "not-running", state, requestStands: mayComeBack };
  }
  ask();
  const deadline = clock.monotonic() + patienceMs;
  while (isHeld(runDir, observer)) {
    if (clock.monotonic() > deadline) return { kind: "still-running" };
    await clock.sleep(LOOK_EVERY_MS, NEVER);
  }
  const after = readRun(runDir).state;
  return { kind: after.status.kind === "running" ? "killed" : "ended", state: after };
}

const NEVER = new AbortController().signal;

const isoNow = (clock: Clock): string => new Date(clock.now()).toISOString();
