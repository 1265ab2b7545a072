const LOOK_EVERY_MS = 10;
const DEADLINE_MS = 30_000;

/** Waits until the condition holds. Rejects after half a minute with what did not happen. */
export async function until(condition: () => boolean, what: () => string): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`did not happen in 30 s: ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
