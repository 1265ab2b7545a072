/** Much, and odd bytes, through the real programs: bounded memory, nothing lost of what they print, a verdict. */
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CLI_NAMES, type CliName } from "../support/clis.ts";
import type { RecordedRequest } from "../support/model-server/record.ts";
import { answer, badUtf8, forever, hold, toolCall } from "../support/model-server/script.ts";
import { watchMemory } from "../support/peak-memory.ts";
import { until } from "../support/until.ts";
import { type AgentRun, agentRun, expectExit } from "./agent-run.ts";

const GOOD = '{"verdict":"good"}';
const MEMORY_LIMIT_KB = 150 * 1024;
const MINUTE_MS = 60_000;
const MEGABYTE = 1_000_000;
const WITH_NUL = '{"verdict":"nul \\u0000 here"}';

/** What lets a program take a prompt of a megabyte; codex takes it as it is. */
const LARGE_WINDOW: Readonly<Record<CliName, Readonly<Record<string, string>>>> = {
  claude: { AGENT_MODEL: "sonnet[1m]" },
  codex: {},
  copilot: { COPILOT_PROVIDER_MAX_PROMPT_TOKENS: "900000" },
};

describe.each(CLI_NAMES)("%s", (cli) => {
  test(
    "a tool that prints 300 MB: a verdict, bounded memory, nothing lost of what the program printed of it",
    async () => {
      const run = await agentRun({
        cli,
        script: [
          toolCall(`yes "the quick brown fox" | head -c ${300 * MEGABYTE}`),
          hold(answer(GOOD)),
          forever(answer(GOOD)),
        ],
      });
      const copied = runCopied(run, cli);
      // copilot ends without waiting until all is taken over, so it does not get to its end before
      await isKept(run, TOOL_ENDED[cli]);
      run.server.release();
      const { peakKb, printed } = await copied;
      expect(run.attempts()).toEqual(["task finished agent"]);
      expectKept(run, printed);
      // The others cut the tool's output; how often copilot repeats it depends on how busy the machine is (54 to 165 MB seen).
      expect(printed.bytes).toBeGreaterThan(cli === "copilot" ? 20 * MEGABYTE : 0);
      expect(peakKb).toBeLessThan(MEMORY_LIMIT_KB);
    },
    4 * MINUTE_MS,
  );

  test("NUL and invalid UTF-8 from a tool and from the model: a verdict, every byte as it was printed", async () => {
    const run = await agentRun({
      cli,
      script: [
        toolCall(`printf 'from the tool: a\\377\\376\\000b\\n'`, { saying: "NUL \u0000 here." }),
        badUtf8(`A bad byte \uFFFD and NUL \u0000, and ${WITH_NUL}`),
        forever(answer(WITH_NUL)),
      ],
    });
    const { printed } = await runCopied(run, cli);
    const brokenStream = cli === "codex"; // the only one that takes no such stream
    expect(run.attempts()).toEqual(
      brokenStream ? ["task transient/stream_cut", "continue finished agent"] : ["task finished agent"],
    );
    expectKept(run, printed);
    expect(run.directory().json("context.json")).toEqual({ verdict: "nul \u0000 here" });
  });

  test(
    "a prompt of 1 MB from a script's output, NUL and what invalid UTF-8 became in it: the model gets all of it",
    async () => {
      const run = await agentRun({
        cli,
        node: AFTER_SCRIPT,
        prompt: "First.",
        script: [answer('{"first":1}'), forever(answer(GOOD))],
        env: LARGE_WINDOW[cli],
      });
      run.scene.write({ "one/make.mjs": makes(MEGABYTE), "one/prompts/large.md": "BEGIN {{ made }} END\n" });
      const { ended, peakKb } = await watchMemory(run.start());
      expectExit(ended, 0);
      expect(run.attempts()).toEqual([
        "task finished agent",
        "script finished script",
        "task finished agent",
      ]);
      const text = promptIn(run.server.requests.at(-1));
      expect(text.length).toBeGreaterThan(MEGABYTE);
      expect(text).toMatch(/BEGIN nul:\0 bad:\uFFFD\uFFFD x{1000000} END/);
      expect(peakKb).toBeLessThan(MEMORY_LIMIT_KB);
    },
    2 * MINUTE_MS,
  );

  test(
    "a prompt that is longer than the model takes ends in a shorter one, never in silence",
    async () => {
      const run = await agentRun({
        cli,
        node: AFTER_SCRIPT,
        prompt: "First.",
        script: [answer('{"first":1}'), forever(answer(GOOD))],
      });
      run.scene.write({
        "one/make.mjs": makes(1.1 * MEGABYTE),
        "one/prompts/large.md": "BEGIN {{ made }} END\n",
      });
      expectExit(await run.run(), 0);
      expect(run.attempts().slice(2)).toEqual(["task overflow/prompt", "reframe finished reframed"]);
      expect(promptIn(run.server.requests.at(-1)).length).toBeLessThan(20_000);
    },
    2 * MINUTE_MS,
  );
});

/** What each prints when a tool has ended, after all that the tool printed. */
const TOOL_ENDED: Readonly<Record<CliName, string>> = {
  claude: '"tool_result"',
  codex: '"type":"item.completed"',
  copilot: '"type":"tool.execution_complete"',
};

const AFTER_SCRIPT = `    outputs: [{ key: first, default: none }]
    next: make
  - { id: make, type: script, script: make.mjs, outputs: [{ key: made }], next: large }
  - id: large
    type: agent
    prompt: prompts/large.md
    outputs: [{ key: verdict, default: none }]`;
const makes = (count: number): string => `process.stdout.write(Buffer.concat([
  Buffer.from('{"made":"nul:\\\\u0000 bad:'), Buffer.from([0xff, 0xfe]), Buffer.from(" " + "x".repeat(${count}) + '"}\\n'),
]));
`;

const promptIn = (request: RecordedRequest | undefined): string =>
  request?.messages.findLast(({ role, text }) => role === "user" && /BEGIN/.test(text))?.text ?? "";

/** Resolves when the words are in what is kept of the first attempt's output. */
async function isKept(run: AgentRun, words: string): Promise<void> {
  const stream = join(run.scene.runs, "one-default/ask/attempts/01/events.jsonl");
  let from = 0;
  const found = () => {
    const news = readFrom(stream, from);
    from += Math.max(0, news.length - words.length); // they may come in two parts
    return news.includes(words);
  };
  await until(found, () => `${words} in the ${from} bytes of ${stream}`, 3 * MINUTE_MS);
}

function readFrom(path: string, from: number): Buffer {
  if (!existsSync(path)) return Buffer.alloc(0);
  const file = openSync(path, "r");
  try {
    const news = Buffer.alloc(fstatSync(file).size - from);
    return news.subarray(0, readSync(file, news, 0, news.length, from));
  } finally {
    closeSync(file);
  }
}

interface Printed {
  readonly bytes: number;
  readonly sha256: string;
}

/** Runs with a program on PATH that starts the real one and keeps a copy of all that it prints. */
async function runCopied(run: AgentRun, cli: CliName) {
  const copy = run.scene.path("copy");
  const bin = run.scene.path("bin");
  mkdirSync(bin);
  const wrapper = `#!/bin/bash
case "$*" in *--version*) exec "${run.clis[cli]}" "$@" ;; esac
"${run.clis[cli]}" "$@" | tee -a "${copy}"
exit "\${PIPESTATUS[0]}"
`;
  writeFileSync(join(bin, cli), wrapper, { mode: 0o755 });
  const { ended, peakKb } = await watchMemory(
    run.start([], { PATH: `${bin}:${run.environment["PATH"] ?? ""}` }),
  );
  expectExit(ended, 0);
  const printed = digest(copy);
  rmSync(copy);
  return { peakKb, printed };
}

function expectKept(run: AgentRun, printed: Printed): void {
  expect(printed.bytes).toBeGreaterThan(0);
  const { dir, events } = run.directory();
  const streams = events.flatMap((event) =>
    event.type === "attempt.started"
      ? [join(dir, "ask", "attempts", String(event.attempt).padStart(2, "0"), "events.jsonl")]
      : [],
  );
  expect(digest(...streams)).toEqual(printed);
}

function digest(...files: readonly string[]): Printed {
  const bytes = Buffer.concat(files.map((file) => readFileSync(file)));
  return { bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}
