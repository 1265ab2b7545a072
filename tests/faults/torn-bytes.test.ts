import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { expect, it } from "vitest";
import type { JournalEvent } from "../../src/core/event.ts";
import { UsageError } from "../../src/core/failure.ts";
import type { RunState } from "../../src/core/run-state.ts";
import { readRun } from "../../src/runs/read-run.ts";
import { reduce } from "../../src/engine/reduce/reduce-run.ts";
import { openJournal } from "../../src/store/journal.ts";
import { recordFault } from "../support/fault-matrix.ts";
import { parseJournal } from "../support/run-directory.ts";
import { type StrangeRun, strangeRun } from "../support/strange-run.ts";

it("tells the state before the last cut-off write at whatever byte the journal ends, and goes on there", async ({
  task,
}) => {
  const run = await strangeRun();
  rmSync(run.checkpoint);
  const whole = readFileSync(run.journal);
  const states = statesOf(run);
  const lastBatch = parseJournal(whole.toString("utf8")).at(-1)?.batch ?? 0;
  const from = endOfLine(whole, lastBatch - 1);
  const seen = { others: 0, appended: 0 };
  for (let size = from; size < whole.length; size += 1) {
    writeFileSync(run.journal, whole.subarray(0, size));
    const lines = wholeLines(whole, size);
    const { state, end } = readRun(run.dir, { verify: true });
    seen.others += isDeepStrictEqual(state, states[lines]) ? 0 : 1;
    expect(end.torn === null).toBe(whole[size - 1] === LINE_FEED);
    seen.appended += await takeOver(run, lines);
  }
  expect(seen).toEqual({ others: 0, appended: whole.length - from });
  recordFault(task, {
    promise: 1,
    fault: "the last write of the journal ends at any of its bytes",
    how: "the journal cut off at each byte in turn; read and gone on with by the store itself",
    injected: whole.length - from,
    found: {
      "states other than that before the cut": seen.others,
      "next events right after the last good one": seen.appended,
    },
    outcome: "what is left of the torn write is cut off, and the next event follows the last good one",
  });
});

it("takes no journal that ends before its checkpoint, at whatever byte", async ({ task }) => {
  const run = await strangeRun();
  const whole = readFileSync(run.journal);
  const states = statesOf(run);
  let refused = 0;
  for (let size = 0; size < run.checkpointOffset; size += 1) {
    writeFileSync(run.journal, whole.subarray(0, size));
    expect(() => readRun(run.dir)).toThrow(UsageError);
    refused += 1;
  }
  for (let size = run.checkpointOffset; size <= whole.length; size += 1) {
    writeFileSync(run.journal, whole.subarray(0, size));
    expect(readRun(run.dir, { verify: true }).state).toEqual(states[wholeLines(whole, size)]);
  }
  recordFault(task, {
    promise: 1,
    fault: "the journal ends at any byte before the place of its checkpoint",
    how: "the journal cut off at each byte in turn; read by the store itself",
    injected: refused,
    found: { "states told from what was left": run.checkpointOffset - refused },
    outcome: "refused: what the checkpoint stands for was durable once",
  });
});

it("gives the state back from the journal at whatever byte the checkpoint ends, or is another", async ({
  task,
}) => {
  const run = await strangeRun();
  const whole = readFileSync(run.checkpoint);
  const { state: expected } = readRun(run.dir);
  let others = 0;
  const look = () => {
    others += isDeepStrictEqual(readRun(run.dir).state, expected) ? 0 : 1;
  };
  for (let position = 0; position < whole.length; position += 1) {
    writeFileSync(run.checkpoint, whole.subarray(0, position));
    look();
    writeFileSync(run.checkpoint, withOtherByte(whole, position));
    look();
  }
  expect(others).toBe(0);
  recordFault(task, {
    promise: 1,
    fault: "the checkpoint ends at any of its bytes, or has another one there",
    how: "the checkpoint cut off at each byte, and each byte changed, in turn; read by the store itself",
    injected: 2 * whole.length,
    found: { "states other than that of the journal": others },
    outcome: "the journal tells the state",
  });
});

it("never believes a journal of which any byte has changed", async ({ task }) => {
  const run = await strangeRun();
  const whole = readFileSync(run.journal);
  const states = statesOf(run)
    .slice(1)
    .map((state) => JSON.stringify(state));
  const lastBatch = parseJournal(whole.toString("utf8")).at(-1)?.batch ?? 0;
  const durableOnce = endOfLine(whole, lastBatch - 1);
  const seen = { refused: 0, torn: 0 };
  for (let position = 0; position < whole.length; position += 1) {
    writeFileSync(run.journal, withOtherByte(whole, position));
    const told = stateOrRefusal(run);
    if (told === undefined) seen.refused += 1;
    else seen.torn += states.indexOf(told) >= lastBatch - 2 ? 1 : 0;
  }
  expect(seen).toEqual({ refused: durableOnce, torn: whole.length - durableOnce });
  recordFault(task, {
    promise: 1,
    fault: "any byte of the journal has changed",
    how: "each byte changed in turn, before and after the checkpoint; read by the store as a start does",
    injected: whole.length,
    found: {
      refused: seen.refused,
      "taken for a cut-off last write": seen.torn,
      believed: whole.length - seen.refused - seen.torn,
    },
    outcome: "refused with the damaged line, except in the last write, which is cut off",
  });
});

const LINE_FEED = 0x0a;

/** The state after each number of lines; none before the first. */
function statesOf({ lines }: StrangeRun): readonly (RunState | undefined)[] {
  const states: (RunState | undefined)[] = [undefined];
  for (const event of parseJournal(lines.join("\n"))) states.push(reduce(states.at(-1), event));
  return states;
}

/** The next holder's first event, under the next lease, right after the last good one. */
async function takeOver(run: StrangeRun, lines: number): Promise<number> {
  const { end, state } = readRun(run.dir);
  const journal = openJournal({ runDir: run.dir, end, stillHeld: () => true });
  const at = "2026-01-01T00:00:00.000Z";
  const stamped = {
    seq: end.seq + 1,
    lease: end.lease + 1,
    at,
    type: "warning",
    code: "test",
    message: "next",
  } as const;
  const written: readonly JournalEvent[] = await journal.append([stamped]);
  journal.close();
  expect(written.map(({ seq }) => seq)).toEqual([lines + 1]);
  expect(readRun(run.dir).state).toEqual(reduce(state, stamped));
  return written.length;
}

function stateOrRefusal({ dir }: StrangeRun): string | undefined {
  try {
    return JSON.stringify(readRun(dir, { verify: true }).state);
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

function withOtherByte(bytes: Buffer, position: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[position] = (changed[position] ?? 0) ^ 1;
  return changed;
}

/** The byte after a number of lines. */
function endOfLine(bytes: Buffer, lines: number): number {
  let end = 0;
  for (let line = 0; line < lines; line += 1) end = bytes.indexOf(LINE_FEED, end) + 1;
  return end;
}

const wholeLines = (bytes: Buffer, size: number): number =>
  bytes.subarray(0, size).filter((byte) => byte === LINE_FEED).length;
