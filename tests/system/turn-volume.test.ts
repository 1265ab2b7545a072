import { readFileSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import { createScene } from "../support/longhaul.ts";
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

/** Runs one agent step whose CLI is a shell script; tells what the whole command's memory was at its highest. */
async function turnOf(script: string) {
  const scene = createScene();
  scene.write({
    "one/workflow.yaml": WORKFLOW,
    "one/ask.md": "Judge.",
    "bin/claude": `#!/bin/bash\ncase "$1" in --version) echo "2.1.197 (Claude Code)"; exit;; esac\ncat >/dev/null\n${script}${RESULT}`,
  });
  const env = {
    PATH: `${scene.path("bin")}${delimiter}${process.env["PATH"]}`,
    ANTHROPIC_API_KEY: "a-key-of-nobody-0123",
  };
  const started = scene.start(["run", "one", "--cli", "claude", "--workspace", scene.path("work")], { env });
  let peakKb = 0;
  const reading = setInterval(() => (peakKb = Math.max(peakKb, highestMemoryKb(started.pid))), 100);
  const ended = await started.ended;
  clearInterval(reading);
  expect([ended.code, ended.stderr]).toEqual([0, expect.any(String)]);
  const directory = openRunDirectory(join(scene.runs, "one-default"));
  const events = join(directory.dir, "ask", "attempts", "01", "events.jsonl");
  return { directory, events, peakKb };
}

function highestMemoryKb(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0; // it ended meanwhile
  }
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
