/** Runs of tests/fixtures/old-runs that came to an end or stopped by themselves: workflow, how each came to be, how it goes on. */
import { gated, REFUSAL, runs, SHORT, toTheEnd, TRANSIENT } from "./old-run-workflows.mjs";

export const scenes = {
  finished: {
    shows: "exit 0: a repaired answer, a short backoff, a loop up to its max_visits, branches of all kinds",
    files: {
      "finished/workflow.yaml": `name: finished
start: plan
vars: { topic: ships, rounds: 2 }
env: { CI: "1" }
nodes:
  - id: plan
    type: agent
    prompt: prompts/plan.md
    args: { about: "{{ topic }}" }
    outputs: [{ key: plan, schema: { type: object, required: [tasks] }, default: { tasks: [] } }]
    set: { planned: "{{ plan.tasks | length }}" }
    next: build
  - { id: build, type: agent, prompt: prompts/build.md, outputs: [{ key: code }], max_visits: 2, on_max_visits: review, next: check }
  - { id: check, type: script, script: check.sh, args: ["{{ visits.check }}", "{{ absent }}"], outputs: [{ key: failed }], next: decide }
  - id: decide
    type: branch
    path: failed
    cases: { "0": review }
    conditions: [{ op: ">", value: 10, next: lost }]
    default: build
  - { id: review, type: agent, prompt: prompts/review.md, outputs: [{ key: verdict, default: none }], next: judge }
  - { id: judge, type: branch, when: [{ if: "{{ verdict == 'good' and planned == 2 }}", next: done }], default: lost }
  - { id: done, type: terminal }
  - { id: lost, type: fail }
`,
      "finished/prompts/plan.md": "Plan {{ rounds }} rounds about {{ about }}.\n",
      "finished/prompts/build.md": "Build {{ plan.tasks | join(', ') }}, visit {{ visits.build }}.\n",
      "finished/prompts/review.md": "Review {{ code }}.\n",
      "finished/check.sh": `echo "check $1" >&2\necho '{"failed": 3}'\n`,
      "finished/replay.yaml": `plan: [[ { text: I would rather not say. }, { output: { plan: { tasks: [hull, mast] } } } ]]
build:
  - [${TRANSIENT}, { output: { code: first } }]
  - { output: { code: second } }
review: { output: { verdict: good } }
`,
    },
    make: (at) => at.exits(0, runs("finished"), { env: SHORT }),
    resume: [{ args: runs("finished"), code: 0 }],
  },

  defaulted: {
    shows: "exit 8: an agent that refuses takes its default, which taints what is computed from it",
    files: {
      "defaulted/workflow.yaml": `name: defaulted
start: plan
nodes:
  - { id: plan, type: agent, prompt: plan.md, outputs: [{ key: plan, default: none }], next: use }
  - { id: use, type: agent, prompt: use.md, outputs: [{ key: used }], set: { copy: "{{ plan }}" }, next: done }
  - { id: done, type: terminal }
`,
      "defaulted/plan.md": "Plan it.\n",
      "defaulted/use.md": "Use {{ plan }}.\n",
      "defaulted/replay.yaml": `plan: ${REFUSAL}\nuse: [[ { text: no answer }, { text: none }, { text: none }, { output: { used: true } } ]]\n`,
    },
    make: (at) => at.exits(8, runs("defaulted")),
    resume: [{ args: runs("defaulted"), code: 8 }],
  },

  failed: {
    shows: "exit 1: an agent that is given up leads to another node (on_exhausted) and to a fail node",
    files: {
      "failed/workflow.yaml": `name: failed
start: ask
nodes:
  - { id: ask, type: agent, prompt: ask.md, outputs: [{ key: answer }], on_exhausted: note, retry: { output_retries: 1, reframes: 1 }, next: done }
  - { id: note, type: script, script: note.sh, next: lost }
  - { id: done, type: terminal }
  - { id: lost, type: fail }
`,
      "failed/ask.md": "What is it?\n",
      "failed/note.sh": "echo noted\n",
      "failed/replay.yaml": "ask: { text: no answer }\n",
    },
    make: (at) => at.exits(1, runs("failed")),
    resume: [{ args: runs("failed"), code: 1 }],
  },

  "at-limit": {
    shows: "exit 5: stopped at its limit of steps; a higher one goes on",
    files: {
      "at-limit/workflow.yaml": `name: at-limit
start: count
limits: { steps: 4, wall_clock: 7d }
nodes:
  - { id: count, type: script, script: count.sh, args: ["{{ visits.count }}"], outputs: [{ key: n }], next: more }
  - { id: more, type: branch, path: n, conditions: [{ op: "<", value: 4, next: count }], default: done }
  - { id: done, type: terminal }
`,
      "at-limit/count.sh": `echo "{\\"n\\": $1}"\n`,
    },
    make: (at) => at.exits(5, runs("at-limit")),
    resume: [{ args: runs("at-limit", "--limit", "steps=20"), code: 0 }],
  },

  "script-failed": {
    shows: "exit 6: a script that failed twice; with what it needs the run goes on with that step",
    files: {
      "script-failed/workflow.yaml": `name: script-failed
start: first
nodes:
  - { id: first, type: script, script: first.sh, outputs: [{ key: a }], next: second }
  - { id: second, type: script, script: second.sh, args: ["{{ a }}"], retry: { times: 1, backoff: 100ms }, next: done }
  - { id: done, type: terminal }
`,
      "script-failed/first.sh": `echo '{"a": "x y"}'\n`,
      "script-failed/second.sh": `[ -n "$MENDED" ] && exit 0\necho "nothing to work with: $1" >&2\nexit 3\n`,
    },
    make: (at) => at.exits(6, runs("script-failed")),
    resume: [{ args: runs("script-failed"), env: { MENDED: "1" }, code: 0 }],
  },

  "not-ready": {
    shows: "exit 3: the model of the first step is unknown; the same command tries again",
    files: {
      ...gated("not-ready"),
      "not-ready/replay.yaml":
        "ask: [[ { failure: { class: config, reason: unknown_model, message: There is no such model. } }, { output: { answer: 42 } } ]]\n",
    },
    make: (at) => at.exits(3, runs("not-ready")),
    resume: [toTheEnd("not-ready")],
  },
};
