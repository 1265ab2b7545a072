/** A run as its directory in the volume tells it. */
import type { Box } from "./box.ts";

export interface RunRecord {
  readonly events: readonly RunEvent[];
  readonly run: Readonly<Record<string, unknown>>;
}

export interface RunEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

export async function readRun(box: Box, name: string): Promise<RunRecord> {
  const [journal, run] = await Promise.all([
    box.inVolumes(`cat '/runs/${name}/journal.jsonl'`),
    box.inVolumes(`cat '/runs/${name}/run.json'`),
  ]);
  return { events: journal.split("\n").map(parse), run: parse(run) };
}

export const ofType = (record: RunRecord, type: string): readonly RunEvent[] =>
  record.events.filter((event) => event.type === type);

/** Written by the runner under test; the assertions look at single fields. */
const parse = (text: string) => JSON.parse(text) as RunEvent;

/** Waits until the condition holds, looking twice a second. @throws Error naming what did not happen in a minute. */
export async function eventually(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + 60_000;
  while (Date.now() < deadlineMs) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`did not happen in a minute: ${what}`);
}
