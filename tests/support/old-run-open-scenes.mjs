/** Runs of tests/fixtures/old-runs that were killed, parked, stopped or moved: workflow, how each came to be, how it goes on. */
import {
  AT_THE_GATE,
  CAP,
  gate,
  gated,
  HOUR_S,
  parked,
  runs,
  SHORT,
  toTheEnd,
  TRANSIENT,
} from "./old-run-workflows.mjs";

export const openScenes = {
  "killed-in-backoff": {
    shows: "killed (SIGKILL) in a backoff of 15 minutes, whose time is up when it is resumed",
    files: {
      ...gated("killed-in-backoff"),
      "killed-in-backoff/replay.yaml": `ask: [[ ${TRANSIENT}, { output: { answer: 42 } } ]]\n`,
    },
    make: (at) => {
      const env = { AGENT_INVOKE_BACKOFF_BASE_S: "900", ...gate(at).env };
      return at.killWhen(at.start(runs("killed-in-backoff"), { env }), '"type":"wait.started"');
    },
    resume: [toTheEnd("killed-in-backoff")],
  },

  "killed-in-cap": {
    shows:
      "killed in a cap wait of five hours after its first minute: --no-wait looks once, and the next start waits to the new reset",
    files: {
      ...gated("killed-in-cap"),
      "killed-in-cap/replay.yaml": `ask: [[ ${CAP}, ${CAP}, { output: { answer: 42 } } ]]\n`,
    },
    make: (at) => at.killWhen(at.start(runs("killed-in-cap"), gate(at)), '"type":"wait.ticked"'),
    resume: [
      { ...toTheEnd("killed-in-cap"), args: runs("killed-in-cap", "--no-wait"), clockS: HOUR_S, code: 75 },
      // A second before the reset that the look was told, five hours and the margin of two minutes after it.
      { ...toTheEnd("killed-in-cap"), clockS: 6 * HOUR_S + 119 },
    ],
  },

  "parked-login": {
    shows: "exit 75 (--no-wait): the login was lost in the second step; the next start looks again",
    files: parked("parked-login", "{ failure: { class: auth, reason: no_login, message: Not logged in. } }"),
    make: (at) => at.exits(75, runs("parked-login", "--no-wait")),
    resume: [{ args: runs("parked-login", "--no-wait"), code: 0 }],
  },

  "parked-outage": {
    shows: "exit 75 (--no-wait): an outage outlasted the quick retries",
    files: parked("parked-outage", `${TRANSIENT}, ${TRANSIENT}, ${TRANSIENT}`),
    make: (at) =>
      at.exits(75, runs("parked-outage", "--no-wait"), { env: { ...SHORT, AGENT_MAX_INVOKE_RETRIES: "2" } }),
    resume: [{ args: runs("parked-outage", "--no-wait"), code: 0 }],
  },

  "killed-in-script": {
    shows: "killed in the middle of a script, which is run again",
    files: gated("killed-in-script"),
    make: (at) => at.killWhen(at.start(runs("killed-in-script"), gate(at)), AT_THE_GATE),
    resume: [toTheEnd("killed-in-script")],
  },

  "killed-between-steps": {
    shows:
      "power cut between two steps: of the newest write only the lines up to step.finished reached the disk",
    files: gated("killed-between-steps"),
    make: (at) => at.powerCut(runs("killed-between-steps"), "step.finished"),
    resume: [toTheEnd("killed-between-steps")],
  },

  "torn-line": {
    shows: "killed while it wrote the journal: the last line is torn, and is cut off",
    files: gated("torn-line"),
    make: (at) => at.tornWrite(runs("torn-line"), gate(at)),
    resume: [toTheEnd("torn-line")],
  },

  stopped: {
    shows: "exit 75: stopped by `longhaul stop` in the middle of a script",
    files: gated("stopped"),
    make: async (at) => {
      const { ended } = at.start(runs("stopped"), gate(at));
      await at.until(AT_THE_GATE);
      await at.exits(0, ["stop", "stopped-default"]);
      if ((await ended).code !== 75) throw new Error("not stopped");
    },
    resume: [toTheEnd("stopped")],
  },

  interrupted: {
    shows: "exit 75: interrupted by SIGTERM in the middle of a script",
    files: gated("interrupted"),
    make: (at) => interrupt(at),
    resume: [toTheEnd("interrupted")],
  },

  "killed-again": {
    shows: "interrupted, gone on with and killed: a checkpoint, and events of a second lease behind it",
    files: gated("killed-again"),
    make: (at) => interruptAndKill(at),
    resume: [toTheEnd("killed-again")],
  },

  "no-checkpoint": {
    shows: "the same without its checkpoint.json: the journal is read from its start",
    files: gated("no-checkpoint"),
    make: (at) => interruptAndKill(at),
    without: ["runs/no-checkpoint-default/checkpoint.json"],
    resume: [toTheEnd("no-checkpoint")],
  },

  blobs: {
    shows:
      "values over 64 KiB in params, context, prompt, outputs, args, set and branch; killed in the script behind them",
    files: {
      "blobs/workflow.yaml": `name: blobs
start: ask
vars: { big: "" }
nodes:
  - { id: ask, type: agent, prompt: ask.md, args: { given: "{{ big }}" }, outputs: [{ key: answer }], set: { copy: "{{ big }}" }, next: make }
  - { id: make, type: script, script: make.sh, args: ["{{ big }}"], outputs: [{ key: made }], next: look }
  - { id: look, type: branch, path: made, cases: { nothing: lost }, default: work }
  - { id: work, type: script, script: work.sh, args: ["{{ made | length }}", "{{ answer | length }}"], outputs: [{ key: sizes }], next: done }
  - { id: done, type: terminal }
  - { id: lost, type: fail }
`,
      "blobs/ask.md": "Read {{ given }}.\n",
      "blobs/make.sh": `printf '{"made": "%s"}' "$(printf '%080000d' 7)"\n`,
      "blobs/work.sh": `until [ -e "$GATE" ]; do sleep 0.05; done\necho "{\\"sizes\\": [$1, $2]}"\n`,
      "blobs/replay.yaml": `ask: { output: { answer: "${"word ".repeat(15_000)}" } }\n`,
      "params.json": JSON.stringify({ big: "large ".repeat(12_000) }),
    },
    make: (at) =>
      at.killWhen(
        at.start(runs("blobs", "--params-file", "params.json"), gate(at)),
        '"step":4,"attempt":1,"mode":"script"',
      ),
    resume: [toTheEnd("blobs")],
  },

  long: {
    shows:
      "killed after 720 branch steps: a checkpoint on the way and a long tail behind it; the folders of steps are left out",
    files: {
      "long/workflow.yaml": `name: long
start: count
nodes:
  - { id: count, type: branch, when: [{ if: "{{ visits.count >= 720 }}", next: work }], default: count }
  - { id: work, type: script, script: work.sh, next: done }
  - { id: done, type: terminal }
`,
      "long/work.sh": `until [ -e "$GATE" ]; do sleep 0.05; done\n`,
    },
    make: (at) => at.killWhen(at.start(runs("long"), gate(at)), AT_THE_GATE),
    without: ["runs/long-default/steps"],
    resume: [toTheEnd("long")],
  },

  moved: {
    shows: "stopped at a limit, --redo, an edited script, --from, then killed",
    files: {
      "moved/workflow.yaml": `name: moved
start: a
nodes:
  - { id: a, type: agent, prompt: a.md, outputs: [{ key: x }], next: b }
  - { id: b, type: script, script: b.sh, args: ["{{ x }}"], outputs: [{ key: y }], next: c }
  - { id: c, type: script, script: c.sh, args: ["{{ y }}"], outputs: [{ key: z }], next: done }
  - { id: done, type: terminal }
`,
      "moved/a.md": "Say a number.\n",
      "moved/b.sh": `echo "{\\"y\\": $1}"\n`,
      "moved/c.sh": `until [ -e "$GATE" ]; do sleep 0.05; done\necho "{\\"z\\": $1}"\n`,
      "moved/replay.yaml": "a: [ { output: { x: 1 } }, { output: { x: 2 } } ]\n",
    },
    make: async (at) => {
      await at.exits(5, runs("moved", "--limit", "steps=2"));
      await at.exits(5, runs("moved", "--redo", "a", "--limit", "steps=3"));
      at.write({ "moved/b.sh": `# edited\necho "{\\"y\\": $1}"\n` });
      const started = at.start(runs("moved", "--from", "b", "--limit", "steps=20"), gate(at));
      await at.killWhen(started, '"step":5,"attempt":1,"mode":"script"');
    },
    resume: [toTheEnd("moved")],
  },

  redone: {
    shows: "killed in a step that --redo does again, after which the run goes on where it stood",
    files: gated("redone"),
    make: async (at) => {
      at.write({ gate: "" });
      await at.exits(5, runs("redone", "--limit", "steps=2"), gate(at));
      at.write({ "redone/replay.yaml": "ask: { output: { answer: 7 }, delay: 1h }\n" });
      const started = at.start(runs("redone", "--redo", "ask", "--limit", "steps=20"), gate(at));
      await at.killWhen(started, '"step":3,"attempt":1,"mode":"task"');
      at.write({ "redone/replay.yaml": "ask: { output: { answer: 7 } }\n" });
    },
    resume: [toTheEnd("redone")],
  },

  labelled: {
    shows:
      "labels, params, and a script's wait of more than a minute with its ticks; killed in the step behind it",
    files: {
      ...gated("labelled"),
      "labelled/workflow.yaml": `name: labelled
start: ask
vars: { who: nobody, story: { id: 0 } }
labels: { story: "story-{{ story.id }}", answer: "{{ answer }}" }
nodes:
  - { id: ask, type: agent, prompt: ask.md, outputs: [{ key: answer, schema: { type: integer } }], next: later }
  - { id: later, type: script, script: later.sh, retry: { times: 1, backoff: 62s }, next: work }
  - { id: work, type: script, script: work.sh, args: ["{{ answer }}"], outputs: [{ key: made }], next: done }
  - { id: done, type: terminal }
`,
      "labelled/ask.md": "What is the answer for {{ who }}?\n",
      "labelled/later.sh": "[ -e tried ] || { touch tried; exit 1; }\n",
    },
    make: (at) => {
      const params = JSON.stringify({ who: "world", story: { id: 7, parts: ["a", null] } });
      return at.killWhen(
        at.start(runs("labelled", "--params", params), gate(at)),
        '"step":3,"attempt":1,"mode":"script"',
      );
    },
    resume: [toTheEnd("labelled")],
  },
};

async function interrupt(at) {
  const { child, ended } = at.start(runs(at.name), gate(at));
  await at.until(AT_THE_GATE);
  child.kill("SIGTERM");
  if ((await ended).code !== 75) throw new Error("not interrupted");
}

async function interruptAndKill(at) {
  await interrupt(at);
  await at.killWhen(at.start(runs(at.name), gate(at)), '"attempt":2,"mode":"script"');
}
