const LOOK_EVERY_MS = 10;
/** Long enough for an overloaded machine, since it only has to detect what never happens. */
const DEADLINE_MS = 60_000;

/** Waits until the condition is true. Rejects after a minute, or the given time, and names what did not happen. */
export async function until(
  condition: () => boolean,
  what: () => string,
  deadlineMs = DEADLINE_MS,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`did not happen in ${deadlineMs / 1000} s: ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
