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
  /** Events that led to `state` and are not written yet: the start of the run, or what a resume recorded. */
  readonly opening: readonly StampedEvent[];
  readonly settings: EngineSettings;
  readonly ports: LoopPorts;
  /** Aborts when the process is asked to stop or loses the run. */
  readonly signal: AbortSignal;
}

/** After this many events without an effect the batch is written, so an endless circle of branches cannot block the process. */
const LONGEST_BATCH = 200;

/**
 * The single loop. Each iteration decides what to do next, makes the intent durable together with the last result,
 * performs it and reduces its result into the state. Retries, waits and reframes are ordinary iterations.
 * Returns the state in which the run stopped running in this process.
 * @throws LeaseLost, StorageFailure from the journal: no effect has started without a durable intent.
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
      await batch.commit(); // keep the results so far; only the next action is lost
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
