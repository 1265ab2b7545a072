/** A workflow of scripts that record in a ledger that they ran: its path and its files, for `scene.write`. */
export function walkWorkflow(directory: string): Readonly<Record<string, string>> {
  return {
    [`${directory}/workflow.yaml`]: `
name: walk
start: first
vars: { greeting: hello, limits: { depth: 2 } }
nodes:
  - { id: first, type: script, script: scripts/note.sh, outputs: [{ key: a, default: 0 }], next: second }
  - { id: second, type: script, script: scripts/note.sh, outputs: [{ key: b, default: 0 }], next: third }
  - { id: third, type: script, script: scripts/note.sh, args: ["{{ a }}-{{ b }}"], next: done }
  - { id: done, type: terminal }
`,
    [`${directory}/scripts/note.sh`]: NOTE_SCRIPT,
  };
}

/** A workflow of the same name that ends after a step without a process, for tests about the directories of many runs. */
export const shortWalk = (directory: string): Readonly<Record<string, string>> => ({
  [`${directory}/workflow.yaml`]: `
name: walk
start: first
nodes:
  - { id: first, type: branch, path: nothing, cases: {}, default: done }
  - { id: done, type: terminal }
`,
});

/** Appends `<step number> <node>` to `$LEDGER`; fails while the file `$FAIL_AT.<node>` says so. */
export const NOTE_SCRIPT = `#!/usr/bin/env bash
echo "\${LONGHAUL_STEP##*/} $LONGHAUL_NODE" >> "$LEDGER"
[ "\${FAIL_AT:-}" = "$LONGHAUL_NODE" ] && { echo "told to fail at $FAIL_AT" >&2; exit 3; }
echo "{\\"a\\": \${LONGHAUL_STEP##*/}, \\"b\\": \${LONGHAUL_STEP##*/}}"
`;
