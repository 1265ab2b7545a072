import type { Action } from "../core/action.ts";
import type { EventBody, StampedEvent } from "../core/event.ts";
import { EXIT } from "../core/failure.ts";
import type { EffectAction, LoopPorts } from "../core/ports.ts";
import type { RunState } from "../core/run-state.ts";
import { nextAction } from "./decide/next-action.ts";
import type { EngineSettings } from "./settings.ts";
import { reduce } from "./reduce/reduce-run.ts";
import { isStopRequested } from "../core/stop-request.ts";

export interface LoopInput {
  readonly state: RunState;
  /** Events that led to `state` and are not written yet: the start of the run, or what a resume found. */
  readonly opening: readonly StampedEvent[];
  readonly settings: EngineSettings;
  readonly ports: LoopPorts;
  /** Aborts when the process is asked to stop or loses the run. */
  readonly signal: AbortSignal;
}

/**
 * The single loop. Each turn asks what to do next, makes the intent durable together with the last result,
 * does it, and takes its result in; retries, waits and reframes are turns of it like any other.
 * Returns the state in which the run is no longer running here.
 * @throws LeaseLost, StorageFailure from the journal: nothing that was not durable has had an effect.
 */
export async function runLoop({
  state: initial,
  opening,
  settings,
  ports,
  signal,
}: LoopInput): Promise<RunState> {
  const { clock, journal, perform } = ports;
  let state = initial;
  let batch: StampedEvent[] = [...opening];

  const take = (bodies: readonly EventBody[]) => {
    for (const body of bodies) {
      const event = stamp(body, state, clock.now());
      state = reduce(state, event);
      batch.push(event);
    }
  };
  const commit = async () => {
    if (batch.length === 0) return;
    const written = await journal.append(batch);
    batch = [];
    for (const listener of ports.listeners) listener(written, state);
  };

  const plan = async (): Promise<Action> => {
    try {
      return signal.aborted
        ? interruption(signal)
        : nextAction(state, settings, { nowMs: clock.now(), disks: ports.freeDisk?.() ?? [] });
    } catch (bug) {
      await commit(); // what has happened is not lost with what should follow
      throw bug;
    }
  };

  while (state.status.kind === "running") {
    const action = await plan();
    take(action.record);
    if (!hasEffect(action)) continue;
    await commit();
    take(await perform(action, { state, signal }));
  }
  await commit();
  return state;
}

/** Gives an event its place and time. */
export function stamp(body: EventBody, state: RunState, nowMs: number): StampedEvent {
  return {
    seq: state.seq + 1,
    lease: state.lease,
    at: new Date(nowMs).toISOString(),
    path: pathOf(state),
    ...(Object.keys(state.labels).length > 0 && { labels: state.labels }),
    ...body,
  };
}

/** The node an event is about; nested graphs will make this a longer path. */
const pathOf = (state: RunState): string[] => [state.cursor];

/** Moves without effect need no write of their own: their events travel with the next intent. */
const hasEffect = (action: Action): action is EffectAction =>
  action.kind !== "start-step" &&
  action.kind !== "finish-step" &&
  action.kind !== "start-wait" &&
  action.kind !== "finish";

function interruption({ reason }: AbortSignal): Action {
  const event: EventBody = isStopRequested(reason)
    ? { type: "run.stopped", exit_code: EXIT.resumable, why: reason.why }
    : { type: "run.interrupted", why: "signal", message: `Stopped by ${String(reason)}.` };
  return { kind: "finish", record: [event] };
}
