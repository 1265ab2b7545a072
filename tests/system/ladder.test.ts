import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { calls } from "../support/in-process.ts";
import { createScene, type Scene } from "../support/longhaul.ts";
import { openRunDirectory } from "../support/run-directory.ts";

const RUN = ["run", "ask", "--cli", "replay"] as const;
const SHORT = {
  AGENT_INVOKE_BACKOFF_BASE_S: "0.01",
  AGENT_INVOKE_BACKOFF_CAP_S: "0.05",
  AGENT_MAX_INVOKE_RETRIES: "1",
  AGENT_MAX_OUTPUT_RETRIES: "1",
  AGENT_MAX_REPHRASE_ATTEMPTS: "1",
  AGENT_CAP_WAIT_MARGIN_S: "0",
};
const GOOD = "{ output: { answer: 42 } }";

/** `ask` answers, `use` computes from it, `sum` from what `use` made and set. */
function askScene(answers: string, ask = ""): Scene {
  const scene = createScene();
  scene.write({
    "ask/workflow.yaml": `
name: ask
start: ask
nodes:
  - { id: ask, type: agent, prompt: ask.md, outputs: [{ key: answer, schema: { type: integer }, default: 7 }], next: use${ask} }
  - { id: use, type: script, script: use.sh, args: ["{{ answer }}"], outputs: [{ key: used }], set: { twice: "{{ used * 2 }}" }, next: sum }
  - { id: sum, type: script, script: use.sh, args: ["{{ twice }}"], outputs: [{ key: total, default: 0 }], next: done }
  - { id: done, type: terminal }
  - { id: rescue, type: script, script: use.sh, args: ["[{{ answer }}]"], next: done }
`,
    "ask/ask.md": "What is it?\n",
    "ask/use.sh":
      '#!/usr/bin/env bash\necho "$LONGHAUL_NODE $1" >> "$LEDGER"\necho "{\\"used\\": $1, \\"total\\": $1}"\n',
    "ask/replay.yaml": `ask: [[${answers}]]\n`,
  });
  return scene;
}

const askRun = (scene: Scene) => openRunDirectory(join(scene.runs, "ask-default"));
const modesOf = (scene: Scene) =>
  askRun(scene)
    .ofType("attempt.started")
    .filter(({ mode }) => mode !== "script")
    .map(({ mode, level }) => (level === undefined ? mode : `${mode} ${level}`));
const failure = (kind: string, reason: string, more = "") =>
  `{ failure: { class: ${kind}, reason: ${reason}, message: "It is ${reason}."${more} } }`;
const times = (count: number, answer: string) => Array.from({ length: count }, () => answer).join(", ");

describe("an environment that does not answer", () => {
  it.each(["server_error", "silence", "no_first_event", "network"])(
    "%s with --no-wait ends in 75, resumable, with nothing made up",
    async (reason) => {
      const scene = askScene(times(9, failure("transient", reason)));
      const ended = await calls(scene, 75, [...RUN, "--no-wait"], SHORT);
      expect(ended.stderr).toContain(`It is ${reason}.`);
      const run = askRun(scene);
      expect(run.ofType("step.finished")).toEqual([]);
      expect(run.json("context.json")).toEqual({});
      expect(run.json("run.json")).toMatchObject({
        exit_code: null,
        defaulted: [],
        waiting: { for: "backoff", until: run.ofType("wait.started").at(-1)?.until },
      });
      const attempts = modesOf(scene).length;
      await calls(scene, 75, [...RUN, "--no-wait"], SHORT);
      expect(modesOf(scene)).toHaveLength(attempts + 1);
      expect(scene.ledger()).toEqual([]);
    },
  );

  it("is waited for in a park once the budget is spent, and the run goes on by itself when it is back", async () => {
    const scene = askScene(`${times(4, failure("transient", "network"))}, ${GOOD}`);
    await calls(scene, 0, RUN, { ...SHORT, AGENT_RETRY_WAIT_BUDGET_S: "0.001" });
    const waits = askRun(scene)
      .ofType("wait.started")
      .map((wait) => wait.for);
    expect(waits).toEqual(["backoff", "park", "park", "park"]);
    expect(askRun(scene).json("context.json")).toMatchObject({ answer: 42 });
  });

  it.each([
    ["auth", "no_login"],
    ["auth", "rejected"],
    ["config", "unknown_model"],
    ["config", "cli_missing"],
  ])("%s/%s before the first answer ever ends in 3 with its remedy", async (kind, reason) => {
    const scene = askScene(`${failure(kind, reason, ", remedy: Do log in first.")}, ${GOOD}`);
    const ended = await calls(scene, 3, RUN, SHORT);
    expect(ended.stderr).toContain(`It is ${reason}.`);
    expect(ended.stderr).toContain("Do log in first.");
    expect(askRun(scene).json("run.json")).toMatchObject({ status: "stopped", exit_code: 3, defaulted: [] });
    expect(askRun(scene).ofType("step.finished")).toEqual([]);
    await calls(scene, 0, RUN, SHORT);
  });

  it("a login that is lost later parks the run, which goes on by itself", async () => {
    const scene = askScene(`{ text: Sure. }, ${times(2, failure("auth", "no_login"))}, ${GOOD}`);
    await calls(scene, 0, RUN, SHORT);
    expect(
      askRun(scene)
        .ofType("wait.started")
        .map((wait) => wait.for),
    ).toEqual(["park", "park"]);
  });

  it("a cap is waited for once, until its reset, and costs neither rung nor attempt", async () => {
    const scene = askScene(`${failure("cap", "session", ", resets_in: 1s")}, ${GOOD}`);
    await calls(scene, 0, RUN, SHORT);
    const [wait, ...more] = askRun(scene).ofType("wait.started");
    expect(more).toEqual([]);
    const [capped] = askRun(scene).ofType("attempt.failed");
    expect(capped?.failure).toMatchObject({ class: "cap", resets_at_ms: Date.parse(wait?.until ?? "") });
    expect(wait).toMatchObject({ for: "cap" });
    const sleptMs = askRun(scene).ofType("wait.finished")[0]?.slept_ms ?? 0;
    expect(sleptMs).toBeGreaterThan((wait?.planned_ms ?? 0) - 50); // timers of whole milliseconds
    expect(modesOf(scene).join()).not.toMatch(/correct|reframe/);
    const waited_s = Math.round(sleptMs / 1000);
    expect(askRun(scene).json("run.json")).toMatchObject({ exit_code: 0, totals: { waited_s } });
  });
});

describe("a model that does not answer well", () => {
  it.each([
    ["answer", "no_json", ["task", "correct"]],
    ["answer", "refusal", ["task", "correct"]],
    ["timeout", "turn_clock", ["task", "notice"]],
    ["overflow", "context", ["task", "reframe 1"]],
  ])("%s/%s takes the next rung", async (kind, reason, modes) => {
    const scene = askScene(`${failure(kind, reason)}, ${GOOD}`);
    await calls(scene, 0, RUN, SHORT);
    expect(modesOf(scene)).toEqual(modes);
    expect(scene.ledger()).toEqual(["use 42", "sum 84"]);
  });

  it("climbs correction and reframe, ends in the labelled default and 8, and taints what is computed from it", async () => {
    const scene = askScene(times(4, "{ text: I would rather not. }"));
    const ended = await calls(scene, 8, RUN, SHORT);
    expect(modesOf(scene)).toEqual(["task", "correct", "reframe 1", "correct"]);
    expect(ended.stderr).toContain("DEFAULTED answer");
    const run = askRun(scene);
    expect(run.json("ask", "output.json")).toMatchObject({
      values: { answer: 7 },
      sources: { answer: { source: "default" } },
    });
    expect(run.json("use", "output.json")).toMatchObject({
      sources: { used: { source: "script", tainted_by: ["answer"] }, twice: { tainted_by: ["answer"] } },
    });
    expect(run.json("sum", "output.json")).toMatchObject({ sources: { total: { tainted_by: ["answer"] } } });
    expect(run.json("run.json")).toMatchObject({
      exit_code: 8,
      defaulted: [{ step: 1, node: "ask", keys: ["answer"] }],
    });
    expect(run.ofType("attempt.started")[1]?.prompt).toContain("JSON");
    await calls(scene, 8, RUN, SHORT);
  });

  it.each([
    { ask: ", on_exhausted: fail", env: {}, code: 6, ledger: [] },
    { ask: "", env: { AGENT_USE_DEFAULT_OUTPUTS: "false" }, code: 6, ledger: [] },
    { ask: ", on_exhausted: rescue", env: {}, code: 0, ledger: ["rescue []"] },
  ])("follows its author's wish ($ask $env)", async ({ ask, env, code, ledger }) => {
    const scene = askScene(times(4, "{ text: I would rather not. }"), ask);
    await calls(scene, code, RUN, { ...SHORT, ...env });
    expect(scene.ledger()).toEqual(ledger);
    expect(askRun(scene).json("run.json")).toMatchObject({ defaulted: [] });
  });

  it("an answer that replay.yaml does not have stops the run and is named", async () => {
    const scene = askScene(GOOD);
    scene.write({ "ask/replay.yaml": "{}\n" });
    const ended = await calls(scene, 6, RUN, SHORT);
    expect(ended.stderr).toContain("no answer for node ask, visit 1, attempt 1");
  });
});
