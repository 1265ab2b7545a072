import type { Clock } from "../core/clock.ts";
import type { EventBody } from "../core/event.ts";
import type { WaitEffect } from "../engine/effect.ts";

/** Sleeps one slice of a wait; only the last slice yields an event. When stopped, the wait stays open for a resume. */
export async function performWait(
  effect: WaitEffect,
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly EventBody[]> {
  const { step, sliceMs, last, sleptMs } = effect;
  const startedMs = clock.monotonic();
  if (sliceMs > 0) await clock.sleep(sliceMs, signal);
  if (signal.aborted || !last) return [];
  const slept_ms = Math.round(sleptMs + Math.max(0, clock.monotonic() - startedMs));
  return [{ type: "wait.finished", step, slept_ms, how: "elapsed" }];
}
