import { join } from "node:path";
import { expect, it } from "vitest";
import type { Effect } from "../../src/engine/effect.ts";
import { differences } from "../support/crash-run.ts";
import { recordFault } from "../support/fault-matrix.ts";
import { eventsOnDisk } from "../support/killed-runs.ts";
import { artifacts } from "../support/refused-disk.ts";
import { openRunDirectory } from "../support/run-directory.ts";
import { failing, type Outcome } from "../support/scripted-ports.ts";
import { settingsOf } from "../support/scripted-run.ts";
import { type StoredRun, storedRun } from "../support/stored-run.ts";
import { syncedFiles } from "../support/synced-files.ts";

/** An outage, a value that needs a file of its own, a loop of scripts. */
const settings = settingsOf({
  environment: { AGENT_MIN_FREE_DISK_MB: "0" },
  nodes: [
    { id: "plan", type: "agent", prompt: "p.md", outputs: [{ key: "plan", default: "none" }], next: "work" },
    { id: "work", type: "script", script: "s.sh", outputs: [{ key: "made" }], next: "more" },
    {
      id: "more",
      type: "branch",
      path: "visits.work",
      conditions: [{ op: "<", value: 3, next: "work" }],
      default: "done",
    },
    { id: "done", type: "terminal" },
  ],
});

const LARGE = "x".repeat(70_000);
const OVERLOADED = failing({ class: "transient", reason: "server_error", message: "503 Unavailable." });

const DISKS = [
  { names: "synced names", fault: "the power fails, and the disk keeps nothing that was not synced" },
  { names: "all names", fault: "the power fails, and every file that was not synced is empty" },
] as const;

it.for(DISKS)("loses nothing to a power cut that leaves $names", async ({ names, fault }, { task }) => {
  const cuts: Cut[] = [];
  const first = cuttableRun();
  const disk = syncedFiles(first.root);
  const cutPower = (next: Effect | undefined) => {
    const after = cuttableRun();
    disk.copySynced(after.root, names);
    cuts.push({ next, before: finishedIn(first), after });
  };
  await first.start(cutPower, { files: disk.files });
  cutPower(undefined);
  const kinds = new Set(cuts.map(({ next }) => next?.kind ?? "nothing"));
  expect(kinds).toEqual(new Set(["turn", "wait", "script", "nothing"]));
  expect(openRunDirectory(runDirOf(cuts.at(-1)?.after ?? first)).json("run.json")).toMatchObject({
    exit_code: 0,
  });

  const expected = artifacts({ root: first.root, runDir: runDirOf(first) });
  const found = {
    "finished steps lost": 0,
    "finished steps run again": 0,
    "effects that were not announced": 0,
  };
  // Side by side: whoever finds an emptied lock watches it for 15 s.
  const resumeAndCount = async ({ next, before, after }: Cut) => {
    const left = finishedIn(after);
    found["finished steps lost"] += before.filter((step) => !left.includes(step)).length;
    if (next !== undefined && !announces(after, next)) found["effects that were not announced"] += 1;
    const again: Effect[] = [];
    await after.start((effect) => void again.push(effect));
    found["finished steps run again"] += again.filter(({ step }) => before.includes(step)).length;
    expect(differences(artifacts({ root: after.root, runDir: runDirOf(after) }), expected)).toEqual([]);
  };
  await Promise.all(cuts.map(resumeAndCount));
  expect(Object.values(found)).toEqual([0, 0, 0]);
  recordFault(task, {
    promise: [1, 3],
    fault,
    how: "engine and store in one process, before every turn, script and wait of a run, and after its end",
    injected: cuts.length,
    found,
    outcome: "the same command went on and ended as the undisturbed run did",
  });
});

interface Cut {
  /** What was about to be done. */
  readonly next: Effect | undefined;
  /** Steps that had finished. */
  readonly before: readonly number[];
  /** The same run on what the disk has kept. */
  readonly after: StoredRun;
}

function cuttableRun(): StoredRun {
  const run = storedRun({ settings, outcome: () => outcomeAfter(run) });
  return run;
}

/** From the run's own journal, so that a resumed run meets what the first one would have. */
function outcomeAfter(run: StoredRun): Outcome {
  const events = eventsOnDisk(journalOf(run));
  const newest = events.findLast(({ type }) => type === "step.started");
  if (newest?.type !== "step.started" || newest.node !== "plan") {
    return { kind: "answer", outputs: { made: newest?.type === "step.started" ? newest.step : 0 } };
  }
  const wasDown = events.some(({ type }) => type === "attempt.failed");
  return wasDown ? { kind: "answer", outputs: { plan: LARGE } } : OVERLOADED;
}

const runDirOf = ({ root }: StoredRun): string => join(root, `${settings.graph.name}-default`);
const journalOf = (run: StoredRun): string => join(runDirOf(run), "journal.jsonl");

const finishedIn = (run: StoredRun): readonly number[] =>
  eventsOnDisk(journalOf(run)).flatMap((event) => (event.type === "step.finished" ? [event.step] : []));

/** Its own intent is on the disk: whoever goes on knows that it may have been done. */
function announces(run: StoredRun, { kind, step }: Effect): boolean {
  const last = eventsOnDisk(journalOf(run)).at(-1);
  const announced = kind === "wait" ? "wait.started" : "attempt.started";
  return last?.type === announced && last.step === step;
}
