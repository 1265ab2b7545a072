/** Twice the machine's usual two cores, because a process waits half of its life. */
const AT_ONCE = 4;

/** Does the work for every item, a few at a time, started in order. */
export async function forEachInParallel<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
  atOnce = AT_ONCE,
): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
