import type { EventBody, StampedEvent } from "../core/event.ts";
import type { RunState } from "../core/run-state.ts";
import { createBatch } from "./batch.ts";
import { collect } from "./collect.ts";
import { nextAction } from "./decide/next-action.ts";
import type { Action } from "./effect.ts";
import type { LoopPorts } from "./ports.ts";
import type { EngineSettings } from "./settings.ts";
import { createSleepGauge } from "./sleep-gauge.ts";

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
  const sleep = createSleepGauge(clock);

  const take = (bodies: readonly EventBody[]) => {
    const collected = collect(state, bodies, clock.now());
    state = collected.state;
    batch.add(collected);
    sleep.note(bodies);
  };
  const plan = async (): Promise<Action> => {
    const stop = signal.aborted ? { reason: signal.reason as unknown } : undefined;
    const readings = { nowMs: clock.now(), disks: freeDisk(), sleptMs: sleep.sleptMs(), stop };
    try {
      return nextAction(state, settings, readings);
    } catch (bug) {
      await batch.commit(); // what has happened is not lost with what should follow
      throw bug;
    }
  };

  while (state.status.kind === "running") {
    const { record, effect } = await plan();
    take(record);
    if (effect !== undefined || batch.length() >= LONGEST_BATCH) await batch.commit();
    if (effect !== undefined) take(await sleep.during(effect, () => perform(effect, signal)));
  }
  await batch.commit();
  return state;
}
