/**
 * Ten steps with everything that a crash can hit: an agent whose first turn meets an outage (a backoff wait) and whose
 * second turn is corrected, a script that records each of its starts, a loop and a branch. For `scene.write`.
 */
export const CRASH_WORKFLOW: Readonly<Record<string, string>> = {
  "crash/workflow.yaml": `
name: crash
start: plan
vars: { rounds: 3 }
nodes:
  - id: plan
    type: agent
    prompt: prompts/plan.md
    outputs: [{ key: plan, schema: { type: object, required: [tasks] }, default: { tasks: [] } }]
    next: work
  - id: work
    type: script
    script: scripts/work.sh
    args: ["{{ visits.work }}", "{{ plan.tasks | length }}"]
    outputs: [{ key: made }]
    set: { total: "{{ (total or 0) + made }}" }
    max_visits: 5
    on_max_visits: stuck
    next: more
  - id: more
    type: branch
    path: visits.work
    conditions: [{ op: "<", value: 3, next: work }]
    default: review
  - id: review
    type: agent
    prompt: prompts/review.md
    outputs: [{ key: verdict, default: none }]
    next: publish
  - { id: publish, type: script, script: scripts/work.sh, args: ["{{ verdict }}"], next: last }
  - id: last
    type: branch
    path: verdict
    cases: { good: done }
    default: stuck
  - { id: done, type: terminal }
  - { id: stuck, type: fail }
`,
  "crash/prompts/plan.md": "Plan {{ rounds }} rounds in {{ workspace }}.\n",
  "crash/prompts/review.md": "Review the total of {{ total }} made by {{ plan | dump }}.\n",
  "crash/scripts/work.sh": `#!/usr/bin/env bash
exec 9>>"$LEDGER.$(tr / - <<<"$LONGHAUL_STEP")"
flock --nonblock 9 || echo "$LONGHAUL_STEP $LONGHAUL_NODE" >> "$LEDGER.overlaps"
echo "\${LONGHAUL_STEP##*/} $LONGHAUL_NODE \${LONGHAUL_RESUMED:-0}" >> "$LEDGER"
echo "round $1" >&2
echo "{\\"made\\": \${1//[!0-9]/0}}"
`,
  "crash/replay.yaml": `
plan:
  - - failure: { class: transient, reason: server_error, message: The server is overloaded. }
    - text: I would rather not say.
    - output: { plan: { tasks: [a, b, c] } }
review:
  output: { verdict: good }
`,
};

/** Short waits, so that the run ends within a second, and no free-disk floor that would park it. */
export const CRASH_ENVIRONMENT = { AGENT_INVOKE_BACKOFF_BASE_S: "0.2", AGENT_MIN_FREE_DISK_MB: "0" };
