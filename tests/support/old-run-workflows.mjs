/** Parts of the workflows of tests/fixtures/old-runs that several of them share, and the starts that go on with them. */
export const SHORT = { AGENT_INVOKE_BACKOFF_BASE_S: "0.1" };
export const runs = (name, ...more) => ["run", name, "--cli", "replay", "--quiet", ...more];
export const TRANSIENT =
  "{ failure: { class: transient, reason: server_error, message: The server is overloaded. } }";
export const CAP =
  "{ failure: { class: cap, reason: session, message: The limit is used up., resets_in: 5h } }";
export const REFUSAL = "{ failure: { class: answer, reason: refusal, message: The model refused. } }";

/** An agent, then a script that holds on until there is a gate, then a branch. */
export const gated = (name, more = "") => ({
  [`${name}/workflow.yaml`]: `name: ${name}
start: ask
${more}nodes:
  - { id: ask, type: agent, prompt: ask.md, outputs: [{ key: answer, schema: { type: integer } }], next: work }
  - { id: work, type: script, script: work.sh, args: ["{{ answer }}"], outputs: [{ key: made }], next: check }
  - { id: check, type: branch, path: made, cases: { "42": done }, default: lost }
  - { id: done, type: terminal }
  - { id: lost, type: fail }
`,
  [`${name}/ask.md`]: "What is the answer?\n",
  [`${name}/work.sh`]: `echo "working on $1, resumed \${LONGHAUL_RESUMED:-0}" >&2
until [ -e "$GATE" ]; do sleep 0.05; done
echo "{\\"made\\": $1}"
`,
  [`${name}/replay.yaml`]: "ask: { output: { answer: 42 } }\n",
});
export const gate = (at) => ({ env: { GATE: at.path("gate") } });
export const AT_THE_GATE = '"mode":"script"';
export const HOUR_S = 3600;
/** With the gate open, to the end. */
export const toTheEnd = (name) => ({
  args: runs(name),
  env: { GATE: "@@ROOT@@/gate" },
  files: { gate: "" },
  code: 0,
});

/** Two agents; the second meets a failure first. */
export const parked = (name, failures) => ({
  [`${name}/workflow.yaml`]: `name: ${name}
start: first
nodes:
  - { id: first, type: agent, prompt: ask.md, outputs: [{ key: a }], next: second }
  - { id: second, type: agent, prompt: ask.md, outputs: [{ key: b }], next: done }
  - { id: done, type: terminal }
`,
  [`${name}/ask.md`]: "What is it?\n",
  [`${name}/replay.yaml`]: `first: { output: { a: 1 } }\nsecond: [[ ${failures}, { output: { b: 2 } } ]]\n`,
});
