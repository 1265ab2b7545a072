import { calls } from "./in-process.ts";
import { createScene, type Scene } from "./longhaul.ts";
import { treeOf } from "./run-directory.ts";

/** Appears only when Longhaul has a bug. */
export const STACK_TRACE = /^\s+at .*:\d+:\d+\)?$/m;

/** A start of the command that must be refused. */
export interface Refusal {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What the message must contain: the culprit, and the way out. */
  readonly says: readonly string[];
  readonly prepare?: ((scene: Scene) => void) | undefined;
}

const GOOD = {
  "good/workflow.yaml": `
name: good
start: ask
nodes:
  - { id: ask, type: agent, prompt: ask.md, outputs: [{ key: answer, default: none }], next: work }
  - { id: work, type: script, script: work.sh, next: done }
  - { id: done, type: terminal }
`,
  "good/ask.md": "What is it?\n",
  "good/work.sh": "#!/usr/bin/env bash\necho worked\n",
  "good/replay.yaml": "ask: { output: { answer: 1 } }\n",
  "outside.md": "Not of the workflow.\n",
  "outside.sh": "#!/usr/bin/env bash\ntouch was-run\n",
};

/**
 * Calls the command in a scene with a good workflow in it. Says how it was not refused as it should be: with exit 2, a
 * message to act on, no stack trace, and not a byte written.
 */
export async function refusalProblems({
  args,
  env = {},
  says,
  prepare,
}: Refusal): Promise<readonly string[]> {
  const scene = createScene();
  scene.write(GOOD);
  prepare?.(scene);
  const before = treeOf(scene.root);
  const { stderr, stdout } = await calls(scene, 2, args, env);
  const after = treeOf(scene.root);
  const written = Object.keys({ ...before, ...after }).filter((name) => before[name] !== after[name]);
  return [
    ...says.filter((text) => !stderr.includes(text)).map((text) => `does not say ${text}, but: ${stderr}`),
    ...(STACK_TRACE.test(stderr) ? [`shows a stack trace: ${stderr}`] : []),
    ...(stdout === "" ? [] : [`prints on stdout: ${stdout}`]),
    ...written.map((name) => `has written ${name}`),
  ];
}
