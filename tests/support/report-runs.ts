import { calls } from "./in-process.ts";
import type { Scene } from "./longhaul.ts";

/** An answer that tries to break out of a page. */
export const HOSTILE = [
  "</script><script>window.hacked = 1</script>",
  `<img src="x" onerror="window.hacked = 2"><svg onload="window.hacked = 3">`,
  "\u202Egnihtyreve\u202C شرح <!-- --> & \u0000 \u2028 \uD800",
  "x".repeat(100_000),
].join("\n");

/** A run of a loop with one repaired answer, one defaulted answer, one after a wait, and hostile answers. */
export async function runTroubles(scene: Scene): Promise<string> {
  const refusal = "{ failure: { class: answer, reason: refusal, message: The model refused. } }";
  scene.write({
    "troubles/workflow.yaml": `name: troubles
start: plan
nodes:
  - { id: plan, type: agent, prompt: prompts/plan.md, outputs: [{ key: plan, schema: { type: string } }], next: implement }
  - { id: implement, type: agent, prompt: prompts/implement.md, outputs: [{ key: code, schema: { type: string } }], max_visits: 3, on_max_visits: gave_up, next: check }
  - { id: check, type: script, script: scripts/check.sh, outputs: [{ key: failed, schema: { type: integer } }], next: decide }
  - id: decide
    type: branch
    path: failed
    cases: { "0": review }
    conditions: [{ op: ">", value: 10, next: gave_up }]
    default: implement
  - { id: review, type: agent, prompt: prompts/review.md, outputs: [{ key: verdict, default: looks fine }], next: judge }
  - { id: judge, type: branch, when: [{ if: "{{ verdict == '</script><b>' }}", next: plan }], default: done }
  - { id: done, type: terminal }
  - { id: gave_up, type: fail }
`,
    "troubles/prompts/plan.md": "Make a plan.\n",
    "troubles/prompts/implement.md": "Implement {{ plan }} round {{ visits.implement }}.\n",
    "troubles/prompts/review.md": "Review {{ code }}.\n",
    "troubles/scripts/check.sh": `#!/bin/sh
count=$(cat count 2>/dev/null || echo 0)
echo $((count + 1)) > count
sleep 0.2
if [ "$count" -ge 1 ]; then echo '{"failed": 0}'; else echo '{"failed": 3}'; fi
`,
    "troubles/replay.yaml": `plan: [[ { text: "no json here" }, { output: { plan: ${JSON.stringify(HOSTILE)} } } ]]
implement:
  - - { failure: { class: transient, reason: server_error, message: "529 overloaded" }, delay: 300ms }
    - { output: { code: "first </script><script>window.hacked = 4</script>" }, delay: 200ms }
  - { output: { code: second } }
review: ${JSON.stringify([Array.from({ length: 12 }, () => 0)]).replaceAll("0", refusal)}
`,
  });
  await scene.exits(8, ["run", "troubles", "--cli", "replay", "--quiet"], {
    env: { AGENT_INVOKE_BACKOFF_BASE_S: "1" },
  });
  return "troubles-default";
}

/** A run of a loop of branches with the given number of steps. */
export async function runManySteps(scene: Scene, steps: number): Promise<string> {
  scene.write({
    "many/workflow.yaml": `name: many
start: count
nodes:
  - { id: count, type: branch, when: [{ if: "{{ visits.count * 2 > ${steps - 1} }}", next: done }], default: again }
  - { id: again, type: branch, path: visits.again, cases: { "0": done }, default: count }
  - { id: done, type: terminal }
`,
  });
  await calls(scene, 0, ["run", "many", "--quiet"]);
  return "many-default";
}
