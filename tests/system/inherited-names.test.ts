import { join } from "node:path";
import { expect, it } from "vitest";
import { calls } from "../support/in-process.ts";
import { createScene } from "../support/longhaul.ts";
import { openRunDirectory } from "../support/run-directory.ts";

const WORKFLOW = `name: wf
start: constructor
vars: { hasOwnProperty: a var }
nodes:
  - id: constructor
    type: script
    script: work.sh
    args: ["{{ hasOwnProperty }}{{ isPrototypeOf }}"]
    outputs: [{ key: toString }, { key: propertyIsEnumerable, optional: true }]
    max_visits: 2
    on_max_visits: ask
    next: constructor
  - id: ask
    type: agent
    prompt: ask.md
    outputs: [{ key: toLocaleString, default: none }]
    next: valueOf
  - { id: valueOf, type: agent, prompt: ask.md, next: done }
  - { id: done, type: terminal }
`;

it("takes names that every JavaScript object has for names like any other", async () => {
  const scene = createScene();
  scene.write({
    "wf/workflow.yaml": WORKFLOW,
    "wf/work.sh": `printf '{"toString": "%s"}' "$1"\n`,
    "wf/ask.md": "Read {{ toString }} and {{ constructor }}.\n",
    "wf/replay.yaml": 'ask: { output: { toLocaleString: "said" } }\n',
  });
  const stopped = await calls(scene, 6, ["run", "wf", "--cli", "replay"]);
  expect(stopped.stderr).toContain("replay.yaml has no answer for node valueOf, visit 1, attempt 1");
  scene.write({ "wf/replay.yaml": "valueOf: { text: done }\n" });
  await calls(scene, 0, ["run", "wf", "--cli", "replay"]);

  const run = openRunDirectory(join(scene.runs, "wf-default"));
  expect(run.ofType("step.started").map(({ node, visit }) => `${node} ${visit}`)).toEqual([
    "constructor 1",
    "constructor 2",
    "ask 1",
    "valueOf 1",
  ]);
  expect(run.json("context.json")).toEqual({
    hasOwnProperty: "a var",
    toString: "a var",
    toLocaleString: "said",
  });
});
