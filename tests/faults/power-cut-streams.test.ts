import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { actedRun, actedScene, answers, runActed } from "../support/acted-claude.ts";
import { recordFault } from "../support/fault-matrix.ts";
import { expectExit } from "../support/longhaul.ts";
import { openRunDirectory, type RunDirectory } from "../support/run-directory.ts";

const SYNCED_ONLY = join(import.meta.dirname, "../support/synced-only.mjs");

it("has on the disk what a process printed before the journal says how it ended", async ({ task }) => {
  const scene = actedScene({ 1: answers("I would rather not."), 2: answers('{"answer": 42}') });
  scene.write({ "acted/workflow.yaml": WORKFLOW, "acted/work.sh": WORK });
  const env = { SYNCED_UNDER: scene.runs, POWER_CUTS: scene.path("cuts") };
  expectExit(0, await runActed(scene, env, { nodeArgs: ["--import", SYNCED_ONLY] }));

  const after = actedRun(scene);
  const ended = endedAttempts(after);
  expect(ended).toEqual([
    "000001-ask/attempts/01",
    "000001-ask/attempts/02",
    "000002-work/attempts/01",
    "000002-work/attempts/02",
  ]);
  const cuts = readdirSync(scene.path("cuts")).map((name) =>
    openRunDirectory(scene.path("cuts", name, "acted-default")),
  );
  const told = cuts.flatMap((cut) =>
    endedAttempts(cut).flatMap((attempt) => streamsOf(after, attempt).map((file) => ({ cut, file }))),
  );
  const lost = told.filter(({ cut, file }) => !holdsWhole(cut, after, file));
  expect(lost.map(({ cut, file }) => `${cut.dir}: ${file}`)).toEqual([]);
  expect(ended.flatMap((attempt) => streamsOf(after, attempt))).toEqual([
    "000001-ask/attempts/01/events.jsonl",
    "000001-ask/attempts/02/events.jsonl",
    "000002-work/attempts/01/stderr.log",
    "000002-work/attempts/01/stdout.log",
    "000002-work/attempts/02/stdout.log",
  ]);
  recordFault(task, {
    promise: [1, 4],
    fault: "the power fails, and what processes printed is kept only where it was synced",
    how: "a disk that keeps only what was synced, after every sync of the journal of a run with an agent and a script that each take two attempts",
    injected: cuts.length,
    found: { "streams of ended attempts": told.length, "streams that are not whole": lost.length },
    outcome: "what an attempt has printed is durable before the journal says how it ended",
  });
});

const WORKFLOW = `
name: acted
start: ask
nodes:
  - { id: ask, type: agent, prompt: ask.md, outputs: [{ key: answer, default: none }], next: work }
  - { id: work, type: script, script: work.sh, retry: { times: 1, backoff: 0s }, outputs: [{ key: made }], next: done }
  - { id: done, type: terminal }
`;

const WORK = `#!/usr/bin/env bash
echo '{"made": 1}'
[ -e "$LONGHAUL_WORKSPACE/tried" ] && exit 0
touch "$LONGHAUL_WORKSPACE/tried"
echo "not at the first try" >&2
exit 1
`;

/** Folders of the attempts whose end the journal tells, below `steps`. */
const endedAttempts = (run: RunDirectory): readonly string[] =>
  run.events.flatMap((event) => {
    if (event.type !== "attempt.finished" && event.type !== "attempt.failed") return [];
    const node = run.ofType("step.started").find(({ step }) => step === event.step)?.node;
    return [`${String(event.step).padStart(6, "0")}-${node}/attempts/0${event.attempt}`];
  });

/** What the processes of an attempt have printed, as files below `steps`. */
const streamsOf = ({ dir }: RunDirectory, attempt: string): readonly string[] =>
  ["events.jsonl", "stderr.log", "stdout.log"]
    .map((name) => `${attempt}/${name}`)
    .filter((file) => sizeOf(join(dir, "steps", file)) > 0);

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

const holdsWhole = (cut: RunDirectory, after: RunDirectory, file: string): boolean =>
  existsSync(join(cut.dir, "steps", file)) && cut.text("steps", file) === after.text("steps", file);
