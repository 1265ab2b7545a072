/** What Longhaul does with a real CLI, told as one story per test; the same for all three. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { CliName } from "../support/clis.ts";
import {
  answer,
  cutStream,
  empty,
  forever,
  outputLimit,
  rateLimit,
  refusal,
  status,
  structured,
  times,
  toolCall,
  unknownModel,
} from "../support/model-server/script.ts";
import { messagesWith, type RecordedRequest } from "../support/model-server/record.ts";
import { agentRun, expectExit, SCHEMA_NODE } from "./agent-run.ts";

const GOOD = '{"verdict":"good"}';
/** How often copilot asks again by itself, whatever we do; the other two are held back. */
const OWN_REQUESTS: Readonly<Record<CliName, number>> = { claude: 1, codex: 3, copilot: 6 };
const MINUTE_MS = 60_000;

export function turnSuite(cli: CliName): void {
  describe("answers", () => {
    test("an answer, with usage and model on record", async () => {
      const run = await agentRun({
        cli,
        script: [answer(GOOD, { usage: { inputTokens: 1000, outputTokens: 40 } })],
      });
      const ended = await run.run();
      expectExit(ended, 0);
      expect(run.attempts()).toEqual(["task finished agent"]);
      const [finished] = run.directory().ofType("attempt.finished");
      expect(finished).toMatchObject({ outputs: { verdict: "good" }, usage: { output_tokens: 40 } });
      expect(finished?.model).toBeTypeOf("string");
    });

    test("several messages around a tool call, the JSON among prose in the last", async () => {
      const run = await agentRun({
        cli,
        script: [
          toolCall("echo tool-ran > made-by-tool", { saying: "Let me look {first}." }),
          answer(["It is fine.", `So: ${GOOD} is my verdict.`]),
        ],
      });
      const ended = await run.run();
      expectExit(ended, 0);
      expect(run.directory().json("context.json")).toEqual({ verdict: "good" });
    });

    test("an answer that quotes every kind of failure, after a tool that was refused, is an answer", async () => {
      const quotes = [
        "No conversation found in the log; no rollout found for thread id 7.",
        "You've hit your usage limit, try again at 10:54 AM. Prompt is too long. API Error: 529 overloaded.",
        '{"error":"rate_limit","type":"error","is_error":true,"status":401}',
      ].join("\n");
      const refused = `echo 'HTTP 401 {"error":{"type":"authentication_error"}}' >&2; exit 1`;
      const run = await agentRun({ cli, script: [toolCall(refused), answer(`${quotes}\n${GOOD}`)] });
      expectExit(await run.run(), 0);
      expect(run.attempts()).toEqual(["task finished agent"]);
      expect(run.directory().json("context.json")).toEqual({ verdict: "good" });
    });

    test("a structured answer is held to the declared schema", async () => {
      const run = await agentRun({ cli, script: [structured({ verdict: "good" })], node: SCHEMA_NODE });
      const ended = await run.run();
      expectExit(ended, 0);
      expect(run.attempts()).toEqual(["task finished agent"]);
    });

    test("words instead of JSON are asked for again in the same session", async () => {
      const run = await agentRun({ cli, script: [answer("It is good."), answer(GOOD)] });
      const ended = await run.run();
      expectExit(ended, 0);
      expect(run.attempts()).toEqual(["task answer/no_json", "correct finished repaired"]);
      const second = run.server.requests[1];
      for (const words of ["MARKER-TASK", "It is good.", "no JSON object with the keys"])
        expect([words, messagesSaying(second, words)]).toEqual([words, 1]);
    });

    test("usage is each turn's own, also where the CLI counts over the whole session", async () => {
      const script = [
        answer("words", { usage: { inputTokens: 1000, cacheReadTokens: 0, outputTokens: 40 } }),
        answer(GOOD, { usage: { inputTokens: 1500, cacheReadTokens: 0, outputTokens: 60 } }),
      ];
      const run = await agentRun({ cli, script });
      const ended = await run.run();
      expectExit(ended, 0);
      const used = run
        .directory()
        .events.flatMap((event) =>
          event.type === "attempt.failed" || event.type === "attempt.finished" ? [event.usage] : [],
        );
      expect(used).toMatchObject([
        { input_tokens: 1000, output_tokens: 40 },
        { input_tokens: 1500, output_tokens: 60 },
      ]);
      expect(run.directory().json("run.json")).toMatchObject({ totals: { tokens: { output: 100 } } });
    });

    test("a secret that the model repeats is nowhere in the run directory", async () => {
      const secret = "canary-value-31415926";
      const run = await agentRun({
        cli,
        script: [toolCall(`echo ${secret}`), answer(`{"verdict":"good ${secret}"}`)],
        env: { CANARY_TOKEN: secret },
      });
      const ended = await run.run();
      expectExit(ended, 0);
      expect(run.directory().json("context.json")).toEqual({ verdict: "good [redacted]" });
      expect(filesWith(run.scene.runs, secret)).toEqual([]);
    });

    test("an empty completion is no answer", async () => {
      const script = [
        forever((request: RecordedRequest) => (asksToCorrect(request) ? answer(GOOD) : empty())),
      ];
      const run = await agentRun({ cli, script });
      const ended = await run.run();
      expectExit(ended, 0);
      expect(run.attempts()).toEqual(["task answer/empty", "correct finished repaired"]);
    });

    test("a refusal is no answer", async () => {
      const run = await agentRun({ cli, script: [refusal(), answer(GOOD)] });
      const ended = await run.run();
      expectExit(ended, 0);
      const reason = cli === "claude" ? "refusal" : "empty"; // the others print nothing of it
      expect(run.attempts()).toEqual([`task answer/${reason}`, "correct finished repaired"]);
    });

    test("half an answer at the output limit is not mended into a whole one", async () => {
      const run = await agentRun({
        cli,
        script: [
          forever((request) => (asksToCorrect(request) ? answer(GOOD) : outputLimit('{"verdict": "go'))),
        ],
      });
      const ended = await run.run();
      expectExit(ended, 0);
      const reason = cli === "copilot" ? "no_json" : "output_limit"; // copilot does not say that it was cut
      expect(run.attempts()).toEqual([`task answer/${reason}`, "correct finished repaired"]);
    });
  });

  describe("an API that fails", () => {
    test(
      "500, 502, 503 and 529 are waited out, in the same session",
      async () => {
        const failures = [500, 502, 503, 529].flatMap((code) =>
          cli === "copilot" ? [status(code)] : times(OWN_REQUESTS[cli], status(code)),
        );
        const rest = cli === "copilot" ? [status(500), status(503)] : [];
        const run = await agentRun({ cli, script: [...failures, ...rest, answer(GOOD)] });
        const ended = await run.run();
        expectExit(ended, 0);
        expect(
          run
            .attempts()
            .slice(0, -1)
            .every((line) => line.endsWith("transient/server_error")),
        ).toBe(true);
        expect(run.attempts().at(-1)).toBe("continue finished agent");
        expect(messagesSaying(run.server.requests.at(-1), "MARKER-TASK")).toBe(1);
      },
      2 * MINUTE_MS,
    );

    test("a short 429 is no cap", async () => {
      const script = [rateLimit({ retryAfterSeconds: 1 }), answer(GOOD)];
      const run = await agentRun({ cli, script });
      const ended = await run.run();
      expectExit(ended, 0);
      expect(
        run
          .directory()
          .ofType("wait.started")
          .filter((wait) => wait.for !== "backoff"),
      ).toEqual([]);
    });

    test("a stream that is cut is asked for again", async () => {
      const run = await agentRun({ cli, script: [cutStream(), answer(GOOD)] });
      const ended = await run.run();
      expectExit(ended, 0);
      expect(run.attempts().at(-1)).toMatch(/finished agent/);
    });

    test(
      "an address where nobody answers is an outage: nothing is defaulted",
      async () => {
        const run = await agentRun({ cli, script: [], env: { AGENT_MAX_INVOKE_RETRIES: "0" } });
        await run.server.close();
        const ended = await run.run(["--no-wait"]);
        expectExit(ended, 75);
        expect(run.attempts()).toEqual(["task transient/network"]);
        expect(run.directory().ofType("step.finished")).toEqual([]);
      },
      2 * MINUTE_MS,
    );
  });

  describe("an environment that is not ready", () => {
    test("401 at the start: exit 3 with how to log in", async () => {
      const run = await agentRun({ cli, script: [forever(status(401))] });
      const ended = await run.run();
      expectExit(ended, 3);
      expect(run.attempts()).toEqual(["task auth/rejected"]);
      expect(ended.stderr).toContain(
        { claude: "claude setup-token", codex: "codex login", copilot: "/login" }[cli],
      );
    });

    test("an unknown model: exit 3 naming what to correct", async () => {
      const run = await agentRun({ cli, script: [forever(unknownModel())] });
      const ended = await run.run();
      expectExit(ended, 3);
      expect(run.attempts()).toEqual(["task config/unknown_model"]);
      expect(ended.stderr).toContain("AGENT_MODEL");
    });

    test("no CLI on PATH: exit 3", async () => {
      const run = await agentRun({ cli, script: [answer(GOOD)] });
      const ended = await run.run([], { PATH: "/usr/bin:/bin" });
      expectExit(ended, 3);
      expect(run.attempts()).toEqual([]); // found before the first step, so nothing was asked
      expect(ended.stderr).toContain("npm install --global");
    });
  });
}

/** Files below a directory that hold the words. */
const filesWith = (directory: string, words: string): readonly string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(words));

const asksToCorrect = (request: RecordedRequest): boolean => messagesWith(request, "could not be used") > 0;

const messagesSaying = (request: RecordedRequest | undefined, words: string): number =>
  request === undefined ? 0 : messagesWith(request, words);
