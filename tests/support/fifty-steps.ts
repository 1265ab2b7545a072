/**
 * Fifty steps: a planning agent, sixteen rounds of a script, an agent and a branch, and a last script. Each script first
 * records the key of its step, and then takes up to a tenth of a second. For `scene.write`.
 */
export const FIFTY_STEPS: Readonly<Record<string, string>> = {
  "fifty/workflow.yaml": `
name: fifty
start: plan
vars: { rounds: 16 }
nodes:
  - id: plan
    type: agent
    prompt: prompts/plan.md
    outputs: [{ key: plan, schema: { type: object, required: [tasks] }, default: { tasks: [] } }]
    next: work
  - id: work
    type: script
    script: scripts/work.sh
    args: ["{{ visits.work }}"]
    outputs: [{ key: made }]
    set: { total: "{{ (total or 0) + made }}" }
    max_visits: 20
    on_max_visits: stuck
    next: review
  - id: review
    type: agent
    prompt: prompts/review.md
    outputs: [{ key: verdict, default: none }]
    set: { verdicts: "{{ (verdicts or '') ~ verdict }}" }
    next: more
  - id: more
    type: branch
    path: visits.work
    conditions: [{ op: "<", value: 16, next: work }]
    default: publish
  - { id: publish, type: script, script: scripts/work.sh, args: ["{{ total }}"], outputs: [{ key: made }], next: done }
  - { id: done, type: terminal }
  - { id: stuck, type: fail }
`,
  "fifty/prompts/plan.md": "Plan {{ rounds }} rounds.\n",
  "fifty/prompts/review.md":
    "Review the total of {{ total }} after round {{ visits.work }} of {{ plan | dump }}.\n",
  "fifty/scripts/work.sh": `#!/usr/bin/env bash
exec 9>>"$LEDGER.\${LONGHAUL_STEP##*/}"
flock --nonblock 9 || echo "$LONGHAUL_STEP" >> "$LEDGER.overlaps"
echo "$LONGHAUL_STEP" >> "$LEDGER"
sleep "0.0$((RANDOM % 10))"
echo "{\\"made\\": $1}"
`,
  "fifty/replay.yaml": `
plan: { output: { plan: { tasks: [a, b, c] } }, delay: 50ms }
review:
${Array.from({ length: 16 }, (_, visit) => `  - { output: { verdict: v${visit + 1} }, delay: ${(visit * 7) % 40}ms }`).join("\n")}
`,
};
