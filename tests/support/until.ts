const LOOK_EVERY_MS = 10;
/** Long enough for a machine that does everything at once: it only tells what did not happen at all. */
const DEADLINE_MS = 60_000;

/** Waits until the condition holds. Rejects after a minute, or as long as told, with what did not happen. */
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
