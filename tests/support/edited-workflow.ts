import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createScene, type Scene } from "./longhaul.ts";
import { openRunDirectory, type RunDirectory } from "./run-directory.ts";
import { NOTE_SCRIPT } from "./walk-workflow.ts";

/** A script, an agent, and two more scripts; each of them can be told to stop the run. */
const WORKFLOW: Readonly<Record<string, string>> = {
  "edit/workflow.yaml": `
name: edit
start: prepare
vars: { greeting: hello }
nodes:
  - { id: prepare, type: script, script: scripts/note.sh, next: plan }
  - { id: plan, type: agent, prompt: plan.md, outputs: [{ key: plan, default: none }], on_exhausted: fail, next: check }
  - { id: check, type: script, script: scripts/note.sh, args: ["{{ plan }}"], next: last }
  - { id: last, type: script, script: scripts/note.sh, next: done }
  - { id: done, type: terminal }
`,
  "edit/plan.md": "Plan it, {{ greeting }}.\n",
  "edit/scripts/note.sh": NOTE_SCRIPT,
  "answers.yaml": "plan: { output: { plan: walls, ideas: roof } }\n",
  "no-answers.yaml": "plan: I would rather not.\n",
};

export type Stop = "prepare" | "plan" | "check" | "last";

const RUN = ["run", "edit", "--cli", "replay", "--replay"] as const;
/** One bad answer is enough to fail the step. */
const AT_ONCE = { AGENT_MAX_OUTPUT_RETRIES: "0", AGENT_MAX_REPHRASE_ATTEMPTS: "0" };
export const EDITED_RUN = [...RUN, "answers.yaml"] as const;

/** A run of four steps that has stopped at the given node, which has failed. */
export async function stoppedAt(stop: Stop): Promise<Scene> {
  const scene = createScene();
  scene.write(WORKFLOW);
  if (stop === "plan") await scene.exits(6, [...RUN, "no-answers.yaml"], { env: AT_ONCE });
  else await scene.exits(6, EDITED_RUN, { env: { FAIL_AT: stop } });
  return scene;
}

export type Edit = readonly (readonly [file: string, from: string, to: string])[];

/** Replaces text in files of the workflow; each text must exist. */
export function applyEdit(scene: Scene, edit: Edit): void {
  for (const [file, from, to] of edit) {
    const name = `edit/${file}`;
    const text = readFileSync(scene.path(name), "utf8");
    if (!text.includes(from)) throw new Error(`${name} has no ${from}.`);
    scene.write({ [name]: text.replace(from, to) });
  }
}

export const editedRun = (scene: Scene): RunDirectory => openRunDirectory(join(scene.runs, "edit-default"));
