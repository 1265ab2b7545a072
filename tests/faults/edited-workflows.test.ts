import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import {
  applyEdit,
  type Edit,
  EDITED_RUN,
  editedRun,
  type Stop,
  stoppedAt,
} from "../support/edited-workflow.ts";
import { recordFault } from "../support/fault-matrix.ts";
import { treeOf } from "../support/run-directory.ts";

const YAML = "workflow.yaml";
const CHECK = '  - { id: check, type: script, script: scripts/note.sh, args: ["{{ plan }}"], next: last }\n';

interface Case {
  readonly what: string;
  readonly edit: Edit;
  /** The node that is edited: the run is stopped there, before it and after it. */
  readonly node: "plan" | "check";
  /** What --plan calls the edit. */
  readonly called: string;
  /** Why a start that stands at the node itself is refused; absent where it goes on. */
  readonly refused?: string;
}

const CASES: readonly Case[] = [
  {
    what: "renamed",
    edit: [
      [YAML, "id: check", "id: checks"],
      [YAML, "next: check", "next: checks"],
    ],
    node: "check",
    called: "Node check is now called checks.",
    refused: "Did you mean checks?",
  },
  {
    what: "removed",
    edit: [
      [YAML, CHECK, ""],
      [YAML, "next: check", "next: last"],
    ],
    node: "check",
    called: "Node check is gone.",
    refused: "The run is at node check",
  },
  {
    what: "moved to another place in the file",
    edit: [
      [YAML, CHECK, ""],
      [YAML, "nodes:\n", `nodes:\n${CHECK}`],
    ],
    node: "check",
    called: "Only the order of its nodes, its layout or its comments.",
  },
  {
    what: "made another type of node",
    edit: [
      [YAML, CHECK, "  - { id: check, type: branch, path: plan, cases: { none: done }, default: last }\n"],
    ],
    node: "check",
    called: "Node check: next, type, script, args, text of the script, path, cases, default.",
    refused: "began as script",
  },
  {
    what: "sent elsewhere by its next",
    edit: [[YAML, CHECK, CHECK.replace("next: last", "next: done")]],
    node: "check",
    called: "Node check: next.",
  },
  {
    what: "given other text in its script",
    edit: [["scripts/note.sh", "echo", "# edited\necho"]],
    node: "check",
    called: "Node check: text of the script.",
  },
  {
    what: "given another prompt",
    edit: [["plan.md", "Plan it", "Plan it anew"]],
    node: "plan",
    called: "Node plan: text of the prompt.",
  },
  {
    what: "given one output more",
    edit: [[YAML, "default: none }]", "default: none }, { key: ideas, default: none }]"]],
    node: "plan",
    called: "Node plan: outputs.",
  },
  {
    what: "given another name for its output",
    edit: [[YAML, "key: plan", "key: ideas"]],
    node: "plan",
    called: "Node plan: outputs.",
  },
  {
    what: "left without outputs",
    edit: [[YAML, "outputs: [{ key: plan, default: none }], ", ""]],
    node: "plan",
    called: "Node plan: outputs.",
  },
  {
    what: "given a schema for its output",
    edit: [[YAML, "key: plan,", "key: plan, schema: { type: string },"]],
    node: "plan",
    called: "Node plan: outputs.",
  },
  {
    what: "given other vars around it",
    edit: [[YAML, "greeting: hello", "greeting: hi"]],
    node: "plan",
    called: "Outside the nodes: vars.",
  },
];

const STOPS = {
  plan: { before: "prepare", at: "plan", after: "check" },
  check: { before: "prepare", at: "check", after: "last" },
} as const;
const NAMES: readonly Stop[] = ["prepare", "plan", "check", "last"];

describe("a node edited between stop and resume", () => {
  it.for(CASES)("$what", async ({ edit, node, called, refused, what }, { task }) => {
    let again = 0;
    let touched = 0;
    for (const [place, stop] of Object.entries(STOPS[node])) {
      const scene = await stoppedAt(stop);
      applyEdit(scene, edit);
      const before = treeOf(scene.root);
      const isRefused = refused !== undefined && place === "at";
      const planned = await scene.exits(isRefused ? 2 : 0, [...EDITED_RUN, "--plan"]);
      touched += isDeepStrictEqual(treeOf(scene.root), before) ? 0 : 1;
      const runBefore = treeOf(editedRun(scene).dir);
      const started = await scene.exits(isRefused ? 2 : 0, EDITED_RUN);
      if (isRefused) touched += isDeepStrictEqual(treeOf(editedRun(scene).dir), runBefore) ? 0 : 1;
      const said = isRefused ? planned.stderr + started.stderr : planned.stdout + started.stderr;
      for (const text of isRefused ? [refused, "--at"] : [called]) expect(said).toContain(text);
      const run = editedRun(scene);
      const hash = expect.not.stringContaining(run.ofType("run.started")[0]?.workflow.hash ?? "") as string;
      const workflow = { changed: true, hash, changes: expect.arrayContaining([called]) as string[] };
      expect(run.ofType("run.resumed")).toMatchObject(isRefused ? [] : [{ workflow }]);
      const done = NAMES.slice(0, NAMES.indexOf(stop));
      for (const name of done)
        again += run.ofType("step.started").filter((event) => event.node === name).length - 1;
    }
    expect({ again, touched }).toEqual({ again: 0, touched: 0 });
    recordFault(task, {
      promise: 1,
      fault: "a workflow is edited between stop and resume",
      how: `a node is ${what}; the run had stopped before it, at it and after it`,
      injected: 3,
      found: { "finished steps run again": again, "directories touched by --plan or a refusal": touched },
      outcome:
        refused === undefined
          ? "goes on with the workflow as it is now; the journal says what was edited"
          : "goes on, except where the run stands at the node itself: refused, naming --at",
    });
  });
});

it("--plan and the start say that an open step keeps the prompt it began with, and that vars stay", async () => {
  const scene = await stoppedAt("plan");
  applyEdit(scene, [
    ["plan.md", "Plan it", "Plan it anew"],
    [YAML, "greeting: hello", "greeting: hi"],
  ]);
  const says = [
    "Step 2 (plan) keeps its old text of the prompt; --at plan restarts it with the edited workflow.",
    "The run keeps the vars that it began with; --fresh uses the new ones.",
  ];
  const planned = await scene.exits(0, [...EDITED_RUN, "--plan"]);
  for (const line of says) expect(planned.stdout).toContain(line);
  const started = await scene.exits(0, EDITED_RUN);
  for (const line of says) expect(started.stderr).toContain(line);
  expect(editedRun(scene).ofType("attempt.started").at(-3)?.prompt).toContain("Plan it, hello.");
});

it.for([
  { flag: "--at", redone: ["plan", "check", "last"] },
  { flag: "--from", redone: ["plan", "check", "last"] },
  { flag: "--redo", redone: ["plan", "last"] },
])("$flag takes the edited node, under new keys", async ({ flag, redone }, { task }) => {
  const scene = await stoppedAt("last");
  applyEdit(scene, [["plan.md", "Plan it", "Plan it anew"]]);
  await scene.exits(0, [...EDITED_RUN, flag, "plan"]);
  const run = editedRun(scene);
  const moved = run.events.findIndex(({ type }) => type === "cursor.moved");
  const after = run.events.slice(moved).flatMap((event) => (event.type === "step.started" ? [event] : []));
  expect(after.map(({ node }) => node)).toEqual(redone);
  expect(after[0]?.task?.prompt).toContain("Plan it anew");
  const keys = run.ofType("step.started").map(({ step }) => step);
  expect(new Set(keys).size).toBe(keys.length);
  recordFault(task, {
    promise: 1,
    fault: "a workflow is edited, and a person goes back to the edited node",
    how: `${flag} to a node whose prompt is another one now`,
    injected: 1,
    found: { "idempotency keys used twice": keys.length - new Set(keys).size },
    outcome: "the node runs as it is now, under a new LONGHAUL_STEP",
  });
});

it("--redo is refused, untouched, when the edit removed the node it would come back to", async () => {
  const scene = await stoppedAt("check");
  applyEdit(scene, [
    [YAML, CHECK, ""],
    [YAML, "next: check", "next: last"],
  ]);
  const before = treeOf(editedRun(scene).dir);
  const refused = await scene.exits(2, [...EDITED_RUN, "--redo", "plan"]);
  expect(refused.stderr).toContain("The run is at node check");
  expect(treeOf(editedRun(scene).dir)).toEqual(before);
  await scene.exits(0, [...EDITED_RUN, "--at", "last"]);
});

it("an open step whose script is another file now is refused, and --at runs the new one", async () => {
  const scene = await stoppedAt("check");
  scene.write({ "edit/scripts/other.sh": '#!/usr/bin/env bash\necho other >> "$LEDGER"\n' });
  applyEdit(scene, [[YAML, CHECK, CHECK.replace("note.sh", "other.sh")]]);
  const refused = await scene.exits(2, EDITED_RUN);
  expect(refused.stderr).toContain("began as scripts/note.sh");
  await scene.exits(0, [...EDITED_RUN, "--at", "check"]);
  expect(scene.ledger()).toContain("other");
});
