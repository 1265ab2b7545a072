import { readFileSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import { createScene } from "../support/longhaul.ts";
import { watchMemory } from "../support/peak-memory.ts";
import { openRunDirectory } from "../support/run-directory.ts";

const MEMORY_LIMIT_KB = 150 * 1024;
const WORDS = "the quick ".repeat(100);

const WORKFLOW = `name: one
start: ask
nodes:
  - { id: ask, type: agent, prompt: ask.md, outputs: [{ key: verdict, default: none }], next: done }
  - { id: done, type: terminal }
`;
const RESULT = `cat <<'JSON'
{"type":"assistant","message":{"model":"m","content":[{"type":"text","text":"{\\"verdict\\":\\"good\\"}"}]}}
{"type":"result","subtype":"success","is_error":false,"terminal_reason":"completed","result":"{\\"verdict\\":\\"good\\"}"}
JSON
`;

const turnOf = (script: string) =>
  runOf(
    "claude",
    `case "$1" in --version) echo "2.1.197 (Claude Code)"; exit;; esac\ncat >/dev/null\n${script}${RESULT}`,
  );

/** Runs one agent step whose CLI is a shell script; tells what the whole command's memory was at its highest. */
async function runOf(cli: "claude" | "codex", program: string) {
  const scene = createScene();
  scene.write({
    "one/workflow.yaml": WORKFLOW,
    "one/ask.md": "Judge.",
    [`bin/${cli}`]: `#!/bin/bash\n${program}`,
  });
  const env = {
    PATH: `${scene.path("bin")}${delimiter}${process.env["PATH"]}`,
    ANTHROPIC_API_KEY: "a-key-of-nobody-0123",
    AGENT_INVOKE_BACKOFF_BASE_S: "0.05",
  };
  const started = scene.start(["run", "one", "--cli", cli, "--workspace", scene.path("work")], { env });
  const { ended, peakKb } = await watchMemory(started);
  expect([ended.code, ended.stderr]).toEqual([0, expect.any(String)]);
  const directory = openRunDirectory(join(scene.runs, "one-default"));
  const events = join(directory.dir, "ask", "attempts", "01", "events.jsonl");
  return { directory, events, peakKb };
}

test.each([
  ["tool output", { type: "user", message: { content: [{ type: "tool_result", content: WORDS }] } }],
  [
    "the model's words",
    { type: "assistant", message: { model: "m", content: [{ type: "text", text: WORDS }] } },
  ],
])(
  "a turn of 1 GB of %s: a verdict, all in events.jsonl, bounded memory of the command",
  async (_, event) => {
    const line = JSON.stringify(event);
    const count = Math.ceil(1_000_000_000 / (line.length + 1));
    const { directory, events, peakKb } = await turnOf(`yes '${line}' | head -n ${count}\n`);
    expect(directory.json("context.json")).toEqual({ verdict: "good" });
    expect(statSync(events).size).toBeGreaterThan(count * (line.length + 1));
    expect(peakKb).toBeGreaterThan(0);
    expect(peakKb).toBeLessThan(MEMORY_LIMIT_KB);
  },
);

test("a turn with a line of 20 MB, invalid UTF-8 and NUL bytes: a verdict, all of it in events.jsonl", async () => {
  const script = `head -c 20000000 /dev/zero | tr '\\0' x; echo; printf '\\xff\\xfe\\x00\\n'\n`;
  const { directory, events, peakKb } = await turnOf(script);
  expect(directory.json("context.json")).toEqual({ verdict: "good" });
  const stored = readFileSync(events);
  expect(stored.subarray(20_000_000, 20_000_005)).toEqual(Buffer.from([0x0a, 0xff, 0xfe, 0x00, 0x0a]));
  expect(peakKb).toBeGreaterThan(0);
  expect(peakKb).toBeLessThan(MEMORY_LIMIT_KB);
});

/** A thread of days: the first turn fails at its end, the second goes on with the session and counts from there. */
const LONG_THREAD = `case "$1" in --version) echo "codex-cli 0.169.0"; exit;; esac
id=01a1fd19-64d9-7502-a3c6-e0255e6b022d
file=$HOME/.codex/sessions/2026/11/21/rollout-x-$id.jsonl
tokens() { echo '{"type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":'$1',"cached_input_tokens":0,"output_tokens":'$2',"reasoning_output_tokens":0}}}}' >> $file; }
echo '{"type":"thread.started","thread_id":"'$id'"}'
if [ ! -e $file ]; then
  mkdir -p $(dirname $file)
  yes '{"type":"response_item","payload":{"type":"message","text":"${WORDS}"}}' | head -n 300000 > $file
  jq -Rsc '{ type: "response_item", payload: { type: "message", text: . } }' >> $file
  tokens 5000 400
  echo '{"type":"turn.failed","error":{"message":"unexpected status 503 Service Unavailable"}}'
  exit 1
fi
cat > /dev/null
tokens 6000 450
echo '{"type":"item.completed","item":{"id":"item_1","type":"agent_message","text":"{\\"verdict\\":\\"good\\"}"}}'
echo '{"type":"turn.completed","usage":{"input_tokens":6000,"output_tokens":450}}'
`;

test("a session file of 300 MB: the prompt is found in it, the tokens are counted, in bounded memory", async () => {
  const { directory, peakKb } = await runOf("codex", LONG_THREAD);
  const modes = directory.ofType("attempt.started").map(({ mode }) => mode);
  expect(modes).toEqual(["task", "continue"]);
  const [finished] = directory.ofType("attempt.finished");
  expect(finished?.usage).toMatchObject({ input_tokens: 1000, output_tokens: 50 });
  expect(peakKb).toBeGreaterThan(0);
  expect(peakKb).toBeLessThan(MEMORY_LIMIT_KB);
});
