import { type ControllableCommand, controllableCommand, type Invocation } from "./controllable-command.ts";
import { createScene, type Ended, type Scene, type Started } from "./longhaul.ts";

/** A run that passes its first step; the script of its second one does what the test says. */
export interface GatedScene {
  readonly scene: Scene;
  readonly gate: ControllableCommand;
}

export async function gatedScene(): Promise<GatedScene> {
  const scene = createScene();
  const gate = await controllableCommand(scene.root);
  scene.write({
    "gated/workflow.yaml": `
name: gated
start: first
nodes:
  - { id: first, type: script, script: scripts/first.sh, outputs: [{ key: a, default: 0 }], next: gate }
  - { id: gate, type: script, script: scripts/gate.sh, next: done }
  - { id: done, type: terminal }
`,
    "gated/scripts/first.sh": `#!/usr/bin/env bash\necho '{"a": 1}'\n`,
    "gated/scripts/gate.sh": gate.program,
  });
  return { scene, gate };
}

/** A process that is at work on a run, and the script in which the run is. */
export interface AtTheGate {
  readonly run: Started;
  readonly script: Invocation;
}

/** Starts the run; returns when its second script has begun and has printed on both its streams. */
export async function startToTheGate(
  { scene, gate }: GatedScene,
  {
    args = [],
    env = {},
  }: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<AtTheGate> {
  const run = scene.start(["run", "gated", ...args], { env });
  const script = await gate.started(run.ended);
  await script.prints("at the gate\n");
  await script.prints("no key\n", "stderr");
  return { run, script };
}

/** Lets the second script of a run that is being started end well at once. */
export async function throughTheGate({ gate }: GatedScene, run: Promise<Ended>): Promise<Ended> {
  const script = await gate.started(run);
  await script.exits(0);
  return run;
}

/** A run whose only step fails and then waits for minutes before the next attempt. */
export const waitingWorkflow = (directory: string): Readonly<Record<string, string>> => ({
  [`${directory}/workflow.yaml`]: `
name: waiting
start: later
nodes:
  - { id: later, type: script, script: scripts/later.sh, retry: { times: 5, backoff: 10m }, next: done }
  - { id: done, type: terminal }
`,
  [`${directory}/scripts/later.sh`]: `#!/usr/bin/env bash\nexit 1\n`,
});
