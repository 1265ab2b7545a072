import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readAgain, readStoredRun, readWithTail, visitTail } from "../../../src/runs/stored-run.ts";
import { systemFiles } from "../../../src/store/files.ts";
import { settingsOf } from "../../support/scripted-run.ts";
import { storedRun } from "../../support/stored-run.ts";

const settings = settingsOf({
  nodes: [
    { id: "one", type: "script", script: "one.sh", next: "two" },
    { id: "two", type: "script", script: "two.sh", next: "end" },
    { id: "end", type: "terminal" },
  ],
});

/** A run that was stopped in its step of this number, without a snapshot, as a kill leaves it. */
async function stoppedIn(step: number) {
  const run = storedRun({ settings, outcome: () => undefined });
  await run.start((effect, stop) => (effect.step === step ? stop() : undefined));
  const { dir } = run.directory();
  rmSync(join(dir, "checkpoint.json"), { force: true });
  const stored = readStoredRun(dir, { mayBeDamaged: false });
  if (stored === undefined) throw new Error("There is a journal.");
  return { run, dir, stored };
}

const seqs = (stored: ReturnType<typeof readWithTail>) => stored.tail?.map(({ event }) => event.seq);

test("events written since the first read are added", async () => {
  const { run, dir, stored } = await stoppedIn(1);
  await run.start();
  rmSync(join(dir, "checkpoint.json"));
  const again = readAgain(dir, stored, systemFiles);
  expect(again.state.status).toMatchObject({ kind: "finished" });
  expect(again.end.seq).toBe(again.state.seq);
  expect(seqs(again)).toEqual(Array.from({ length: again.state.seq }, (_, index) => index + 1));
  const visited: number[] = [];
  visitTail(dir, again, { visit: (event) => void visited.push(event.seq), files: systemFiles });
  expect(visited).toEqual(seqs(again));
});

test("without new events the run is unchanged", async () => {
  const { dir, stored } = await stoppedIn(1);
  expect(readAgain(dir, stored, systemFiles)).toEqual(stored);
});

test("a journal that was cut back in the meantime is read from the start", async () => {
  const { dir, stored } = await stoppedIn(2);
  const journal = join(dir, "journal.jsonl");
  const lines = readFileSync(journal, "utf8").split("\n");
  writeFileSync(journal, `${lines.slice(0, 3).join("\n")}\n`);
  const again = readAgain(dir, stored, systemFiles);
  expect(again.state.seq).toBe(3);
  expect(seqs(again)).toEqual([1, 2, 3]);
});

test("a run that replaced it in the meantime is read from the start, even if its journal is longer", async () => {
  const { dir, stored } = await stoppedIn(1);
  const other = await stoppedIn(2);
  copyFileSync(join(other.dir, "journal.jsonl"), join(dir, "journal.jsonl"));
  const again = readAgain(dir, stored, systemFiles);
  expect(again.state.seq).toBe(other.stored.state.seq);
  expect(seqs(again)).toEqual(seqs(other.stored));
});

test("damage that came meanwhile is refused", async () => {
  const { dir, stored } = await stoppedIn(2);
  const journal = join(dir, "journal.jsonl");
  writeFileSync(journal, readFileSync(journal, "utf8").replace("step.started", "step.strated"));
  expect(() => readAgain(dir, stored, systemFiles)).toThrow(/damaged/);
});
