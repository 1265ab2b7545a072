import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createScene, type Scene } from "../support/longhaul.ts";
import { startInTerminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";

const SIGTERM = 15;
const WORKFLOW = `
name: day
start: first
nodes:
  - { id: first, type: agent, prompt: prompts/ask.md, outputs: [{ key: one, default: none }], next: second }
  - { id: second, type: agent, prompt: prompts/ask.md, outputs: [{ key: two, default: none }], next: done }
  - { id: done, type: terminal }
`;
const RUN = ["run", "day", "--cli", "replay"] as const;
const ESCAPE = "\u001B";
const RESET = `${ESCAPE}[0m`;
const COLOURS = new RegExp(`${ESCAPE}\\[\\d+m`, "gu");

function dayScene(replay: string): Scene {
  const scene = createScene();
  scene.write({ "day/workflow.yaml": WORKFLOW, "day/prompts/ask.md": "What?\n", "day/replay.yaml": replay });
  return scene;
}

/** Ends when the gate opens. */
const HOLD = '#!/usr/bin/env bash\nuntil [ -e "$HOME/gate" ]; do sleep 0.05; done\n';
const openGate = (scene: Scene) => void scene.write({ "home/gate": "" });

/** One of its steps is a script that holds on, however long a test takes to look at it. */
function heldScene(node: "first" | "second"): Scene {
  const scene = dayScene(
    node === "first" ? "second: { output: { two: 2 } }\n" : "first: { output: { one: 1 } }\n",
  );
  const next = node === "first" ? "second" : "done";
  const held = `{ id: ${node}, type: script, script: hold.sh, next: ${next} }`;
  const workflow = WORKFLOW.replace(new RegExp(`\\{ id: ${node}, .*\\}`, "u"), held);
  scene.write({ "day/workflow.yaml": workflow, "day/hold.sh": HOLD });
  return scene;
}

/** The lines that stay, without their times, durations and places. */
const steady = (lines: readonly string[]): readonly string[] =>
  lines.map((line) =>
    line
      .replace(/^\d\d:\d\d:\d\d {2}/u, "")
      .replace(/ in \d+(?:ms|\.\ds)/u, " in T")
      .replace(/(?:started in|Artifacts:) .*$/u, "…"),
  );
const WHOLE_RUN = [
  "run day-default …",
  "#1 first (agent) started",
  "#1 first done in T -> second",
  "#2 second (agent) started",
  "#2 second done in T -> done",
  "reached done (terminal), exit 0",
  "day-default finished at done (terminal). …",
  "",
];

describe("a run on a terminal", () => {
  it("shows where it is and since when below the steps that are done, and takes it away at the end", async () => {
    const scene = heldScene("second");
    const started = startInTerminal(scene, RUN, { columns: 300 });
    const whole = WHOLE_RUN.map((line) => line.replace("second (agent)", "second (script)"));
    const lines = await started.shows(/^#2 second \(script\) · \d+s$/u, /^day-default · 2 steps$/u, /^$/u);
    const above = lines.findIndex((line) => line.startsWith("#2 second (script) ·"));
    expect(steady(lines.slice(0, above))).toEqual(whole.slice(0, 4));
    expect(lines.slice(above + 1)).toEqual(["day-default · 2 steps", ""]);
    const since = /\d+(?=s$)/u.exec(lines[above] ?? "")?.[0] ?? "none";
    // Not each second is drawn, and on a busy machine many are not: another one is a later one.
    await started.shows(new RegExp(`^#2 second \\(script\\) · (?!${since}s$).+$`, "u"));
    openGate(scene);
    expect(await started.ended).toBe(0);
    expect(steady(started.lines())).toEqual(whole);
  });

  it("counts a wait down, and is left clean by SIGTERM", async () => {
    const scene = dayScene("first: [[{ failure: { class: transient, reason: server_error } }]]\n");
    const started = startInTerminal(scene, RUN, {
      columns: 300,
      env: { AGENT_INVOKE_BACKOFF_BASE_S: "3600", AGENT_INVOKE_BACKOFF_CAP_S: "3600" },
    });
    await started.shows(/^ {2}waits \(backoff\) .+ left, until \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ: /u);
    await started.shows(/^#1 first \(agent\) · [1-9]\d?s$/u);
    started.signal(SIGTERM);
    expect(await started.ended).toBe(75);
    expect(steady(started.lines()).slice(-3)).toEqual([
      "Stopped by SIGTERM.",
      "day-default interrupted, resumable: the same command resumes it. …",
      "",
    ]);
    expect(
      started.lines().filter((line) => /^ {2}waits|^day-default ·|^#1 first \(agent\) ·/u.test(line)),
    ).toEqual([]);
    // Nothing to put back: no hidden cursor, no other mode, no colour left on.
    expect(started.drawn()).not.toContain(`${ESCAPE}[?`);
    const colours = started.drawn().match(COLOURS) ?? [];
    expect(colours.filter((colour) => colour !== RESET)).toHaveLength(colours.length / 2);
  });

  it("fits a terminal that is made narrower", async () => {
    const scene = heldScene("first");
    const started = startInTerminal(scene, RUN, { columns: 120 });
    await started.shows(/^#1 first \(script\) ·/u);
    started.resize(24, 16);
    await started.shows(/^#1 first \(scri…$/u);
    openGate(scene);
    expect(await started.ended).toBe(0);
  });

  it.each([
    ["NO_COLOR", RUN, { NO_COLOR: "1" }],
    ["a terminal that can do nothing", RUN, { TERM: "dumb" }],
  ])("prints plain lines with %s", async (_name, args, env) => {
    const scene = dayScene("first: { output: { one: 1 } }\nsecond: { output: { two: 2 } }\n");
    const started = startInTerminal(scene, args, { columns: 300, env });
    expect(await started.ended).toBe(0);
    expect(started.drawn()).not.toContain(ESCAPE);
    expect(steady(started.lines())).toEqual(WHOLE_RUN);
  });

  it("ends with a line that is broken between words, its path whole", async () => {
    const scene = dayScene("first: { output: { one: 1 } }\nsecond: { output: { two: 2 } }\n");
    const started = startInTerminal(scene, RUN, { columns: 60 });
    expect(await started.ended).toBe(0);
    const last = ["day-default finished at done (terminal). Artifacts:", `  ${scene.runs}/day-default`];
    expect(started.drawn()).toContain(`${last.join("\r\n")}\r\n`);
  });

  it.each([["--quiet"], ["--json"]])("draws nothing with %s", async (flag) => {
    const scene = dayScene("first: { output: { one: 1 } }\nsecond: { output: { two: 2 } }\n");
    const started = startInTerminal(scene, [...RUN, flag]);
    expect(await started.ended).toBe(0);
    expect(started.drawn()).not.toContain(ESCAPE);
  });
});

/** A stand-in on PATH for the claude command: opens a tool with hostile words, and answers when the gate opens. */
const BUSY_AGENT = `#!/usr/bin/env bash
cat > /dev/null
id=$(sed -n 's/.*--session-id \\([^ ]*\\).*/\\1/p' <<< "$*")
echo "{\\"type\\":\\"system\\",\\"subtype\\":\\"init\\",\\"session_id\\":\\"$id\\",\\"model\\":\\"m\\"}"
echo '{"type":"assistant","message":{"id":"1","model":"m","usage":{"input_tokens":1000,"output_tokens":1,"cache_read_input_tokens":30000},"content":[{"type":"tool_use","id":"a","name":"Bash","input":{"command":"npm\\ttest \\u001b[2J\\u202egnp"}}]}}'
while [ ! -e "$HOME/gate" ]; do sleep 0.05; done
echo '{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"a","content":"ok"}]}}'
echo "{\\"type\\":\\"result\\",\\"subtype\\":\\"success\\",\\"is_error\\":false,\\"result\\":\\"OK\\",\\"structured_output\\":{\\"one\\":1,\\"two\\":2},\\"session_id\\":\\"$id\\",\\"total_cost_usd\\":0.5,\\"modelUsage\\":{\\"m\\":{\\"inputTokens\\":1000,\\"outputTokens\\":500}}}"
`;

it("shows the tool calls of an agent as they happen, made harmless, with tokens and cost so far", async () => {
  const scene = dayScene("{}\n");
  scene.write({ "bin/claude": BUSY_AGENT, "home/.claude/.credentials.json": "{}" });
  const started = startInTerminal(scene, ["run", "day", "--cli", "claude"], {
    columns: 300,
    env: {
      PATH: `${scene.path("bin")}:${process.env["PATH"] ?? ""}`,
      ANTHROPIC_API_KEY: "not-a-real-key-at-all",
    },
  });
  await started.shows(/^ {2}Bash npm test \\x1b\[2Jgnp · \ds$/u);
  await started.shows(/^day-default · 1 step · 1 tool call · ~31\.0k tokens$/u);
  openGate(scene);
  expect(await started.ended).toBe(0);
  expect(steady(started.lines())).toEqual(WHOLE_RUN);
  expect(started.drawn()).toContain("1.5k tokens · $0.50");
  expect(started.drawn()).not.toContain(`${ESCAPE}[2J`);
});

it("goes on to its end while the terminal is held", async () => {
  const scene = createScene();
  const node = "long".repeat(40); // what 300 steps of it print is more than the system keeps for a terminal
  scene.write({
    "day/workflow.yaml": `
name: day
start: wait
nodes:
  - { id: wait, type: script, script: wait.sh, next: ${node} }
  - { id: ${node}, type: branch, path: visits.${node}, cases: { "299": done }, default: ${node} }
  - { id: done, type: terminal }
`,
    "day/wait.sh": HOLD,
  });
  const started = startInTerminal(scene, RUN);
  await started.shows(/^#1 wait/u);
  started.hold();
  openGate(scene);
  const file = scene.path("runs", "day-default", "run.json");
  const status = () => (existsSync(file) ? readFileSync(file, "utf8") : "nothing yet");
  await until(() => status().includes('"status": "finished"'), status);
  started.release();
  expect(await started.ended).toBe(0);
  expect(started.lines().filter((line) => line.includes(" done in "))).toHaveLength(300);
});
