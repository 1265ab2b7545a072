/** A run that passes its first step and then stays in its second until the file `$GATE` exists: for `scene.write`. */
export const gatedWorkflow = (directory: string): Readonly<Record<string, string>> => ({
  [`${directory}/workflow.yaml`]: `
name: gated
start: first
nodes:
  - { id: first, type: script, script: scripts/first.sh, outputs: [{ key: a, default: 0 }], next: gate }
  - { id: gate, type: script, script: scripts/gate.sh, next: done }
  - { id: done, type: terminal }
`,
  [`${directory}/scripts/first.sh`]: `#!/usr/bin/env bash\necho '{"a": 1}'\n`,
  [`${directory}/scripts/gate.sh`]: `#!/usr/bin/env bash
echo "at the gate"
echo "no key" >&2
until [ -e "$GATE" ] || [ ! -d "\${GATE%/*}" ]; do sleep 0.05; done # nobody ends it when its runner is killed
echo "through"
`,
});

/** A run whose only step fails and so waits for minutes before it tries again. */
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
