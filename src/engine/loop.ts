import type { EventBody, StampedEvent } from "../core/event.ts";
import { EXIT } from "../core/failure.ts";
import type { RunState } from "../core/run-state.ts";
import { isStopRequested } from "../core/stop-request.ts";
import { createBatch } from "./batch.ts";
import { collect } from "./collect.ts";
import { nextAction } from "./decide/next-action.ts";
import type { Action } from "./effect.ts";
import type { LoopPorts } from "./ports.ts";
import type { EngineSettings } from "./settings.ts";

export interface LoopInput {
  readonly state: RunState;
  /** Events that led to `state` and are not written yet: the start of the run, or what a resume found. */
  readonly opening: readonly StampedEvent[];
  readonly settings: EngineSettings;
  readonly ports: LoopPorts;
  /** Aborts when the process is asked to stop or loses the run. */
  readonly signal: AbortSignal;
}

/** A graph of pure moves is made durable, and other work gets its turn, after this many events. */
const LONGEST_BATCH = 200;

/**
 * The single loop. Each turn asks what to do next, makes the intent durable together with the last result,
 * does it, and takes its result in; retries, waits and reframes are turns of it like any other.
 * Returns the state in which the run is no longer running here.
 * @throws LeaseLost, StorageFailure from the journal: nothing that was not durable has had an effect.
 */
export async function runLoop({ opening, settings, ports, signal, ...from }: LoopInput): Promise<RunState> {
  const { clock, perform, freeDisk = () => [] } = ports;
  let { state } = from;
  const batch = createBatch({ ...ports, opening: { state, events: opening } });

  const take = (bodies: readonly EventBody[]) => {
    const collected = collect(state, bodies, clock.now());
    state = collected.state;
    batch.add(collected);
  };
  const plan = async (): Promise<Action> => {
    try {
      return signal.aborted
        ? interruption(signal)
        : nextAction(state, settings, { nowMs: clock.now(), disks: freeDisk() });
    } catch (bug) {
      await batch.commit(); // what has happened is not lost with what should follow
      throw bug;
    }
  };

  while (state.status.kind === "running") {
    const { record, effect } = await plan();
    take(record);
    if (effect !== undefined || batch.length() >= LONGEST_BATCH) await batch.commit();
    if (effect !== undefined) take(await perform(effect, signal));
  }
  await batch.commit();
  return state;
}

function interruption({ reason }: AbortSignal): Action {
  const event: EventBody = isStopRequested(reason)
    ? { type: "run.stopped", exit_code: EXIT.resumable, why: reason.why }
    : { type: "run.interrupted", why: "signal", message: `Stopped by ${String(reason)}.` };
  return { record: [event] };
}
