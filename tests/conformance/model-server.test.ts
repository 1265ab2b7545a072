/** The scripted server in front of the real programs: what goes well. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SCRIPTED_CREDENTIAL, SCRIPTED_MODEL } from "../support/cli-environment.ts";
import { CLI_NAMES, type CliName } from "../support/clis.ts";
import { parseJson } from "../support/model-server/json.ts";
import { messagesWith } from "../support/model-server/record.ts";
import { answer, hold, structured, toolCall } from "../support/model-server/script.ts";
import { answerText, lastEvent, sessionId, setScene } from "./scene.ts";

describe.each(CLI_NAMES)("%s", (cli) => {
  test("prints the scripted answer after one request that carries the prompt once", async () => {
    const { server, seat } = await setScene({ cli, script: [answer("The scripted answer.")] });
    const run = await seat.run("The prompt of this test.");
    expect(run.exitCode).toBe(0);
    expect(answerText(run, cli)).toBe("The scripted answer.");
    const [request, ...more] = server.requests;
    expect(more).toEqual([]);
    expect(request).toMatchObject({ kind: "turn", method: "POST", streaming: true });
    expect(request && messagesWith(request, "The prompt of this test.")).toBe(1);
    expect(request?.sentCredential(SCRIPTED_CREDENTIAL)).toBe(true);
    expect(JSON.stringify(request?.headers)).not.toContain(SCRIPTED_CREDENTIAL);
  });

  test("asks nothing on the side but what is known", async () => {
    const { server, seat } = await setScene({ cli, script: [answer("OK")] });
    await seat.run("hello");
    const known: Readonly<Record<CliName, readonly string[]>> = {
      claude: ["HEAD /"],
      codex: [],
      copilot: [],
    };
    expect(server.sideRequests.map(({ method, path }) => `${method} ${path}`)).toEqual(known[cli]);
  });

  test("really runs a scripted shell command and sends its output back", async () => {
    const command = "echo from-$((40 + 2)) | tee made.txt";
    const { server, seat } = await setScene({
      cli,
      script: [toolCall(command, { saying: "Let me run it." }), answer("It ran.")],
    });
    const run = await seat.run("Use your shell.");
    expect(run.exitCode).toBe(0);
    expect(answerText(run, cli)).toBe("It ran.");
    expect(await readFile(join(seat.directory, "made.txt"), "utf8")).toBe("from-42\n");
    expect(server.requests).toHaveLength(2);
    expect(server.requests[1]?.messages.at(-1)?.text).toContain("from-42");
    expect(server.requests[1] && messagesWith(server.requests[1], "Use your shell.")).toBe(1);
  });

  test("carries the first conversation into a resumed one", async () => {
    const { server, seat } = await setScene({
      cli,
      script: [answer("First answer."), answer("Second answer.")],
    });
    const first = await seat.run("First question?");
    const second = await seat.run("Second question?", { resume: sessionId(first) });
    expect(answerText(second, cli)).toBe("Second answer.");
    const resumed = await server.waitForRequest(2);
    for (const text of ["First question?", "First answer.", "Second question?"])
      expect(messagesWith(resumed, text)).toBe(1);
  });

  test("waits for a held answer until it is released", async () => {
    const { server, seat } = await setScene({ cli, script: [hold(answer("Released."))] });
    const running = seat.start("hello");
    const request = await server.waitForRequest(1);
    expect(request.abandoned()).toBe(false);
    server.release();
    expect(answerText(await running.finished, cli)).toBe("Released.");
  });
});

const USAGE = {
  inputTokens: 1000,
  outputTokens: 40,
  cacheReadTokens: 200,
  cacheWriteTokens: 50,
  reasoningTokens: 7,
};

describe("usage arrives in the program's own words", () => {
  test("claude", async () => {
    const { seat } = await setScene({ cli: "claude", script: [answer("OK", { usage: USAGE })] });
    const usage = {
      inputTokens: 1000,
      outputTokens: 40,
      cacheReadInputTokens: 200,
      cacheCreationInputTokens: 50,
    };
    expect(lastEvent(await seat.run("hello"), "result")).toMatchObject({
      modelUsage: { "claude-sonnet-5": usage },
    });
  });

  test("codex", async () => {
    const { seat } = await setScene({ cli: "codex", script: [answer("OK", { usage: USAGE })] });
    expect(lastEvent(await seat.run("hello"), "turn.completed")).toMatchObject({
      usage: {
        input_tokens: 1250,
        cached_input_tokens: 200,
        cache_write_input_tokens: 50,
        output_tokens: 40,
        reasoning_output_tokens: 7,
      },
    });
  });

  test("copilot", async () => {
    const { seat } = await setScene({ cli: "copilot", script: [answer("OK", { usage: USAGE })] });
    const file = join(seat.directory, "usage.json");
    await seat.run("hello", { extraArguments: ["--usage-output-file", file] });
    expect(parseJson(await readFile(file, "utf8"))).toMatchObject({
      modelMetrics: {
        [SCRIPTED_MODEL]: { usage: { inputTokens: 1250, outputTokens: 40, cacheReadTokens: 200 } },
      },
    });
  });
});

const SCHEMA = JSON.stringify({
  type: "object",
  properties: { status: { type: "string" } },
  required: ["status"],
  additionalProperties: false,
});

describe("structured output", () => {
  test("claude takes it from its own tool", async () => {
    const { seat } = await setScene({ cli: "claude", script: [structured({ status: "fine" })] });
    const run = await seat.run("answer", { extraArguments: ["--json-schema", SCHEMA] });
    expect(lastEvent(run, "result")).toMatchObject({
      is_error: false,
      structured_output: { status: "fine" },
    });
  });

  test("codex takes it as JSON text", async () => {
    const { server, seat } = await setScene({ cli: "codex", script: [structured({ status: "fine" })] });
    const file = join(seat.directory, "schema.json");
    await writeFile(file, SCHEMA);
    const run = await seat.run("answer", { extraArguments: ["--output-schema", file] });
    expect(parseJson(answerText(run, "codex"))).toEqual({ status: "fine" });
    expect(server.requests[0]?.body).toMatchObject({ text: { format: { type: "json_schema" } } });
  });
});

describe("a request for a summary is told from a turn", () => {
  test("claude /compact, which wants four replies first", async () => {
    const script = [answer("1"), answer("2"), answer("3"), answer("4"), answer("<summary>So far.</summary>")];
    const { server, seat } = await setScene({ cli: "claude", script });
    const resume = sessionId(await seat.run("one"));
    for (const prompt of ["two", "three", "four", "/compact"]) await seat.run(prompt, { resume });
    expect(server.requests.map(({ kind }) => kind)).toEqual(["turn", "turn", "turn", "turn", "compaction"]);
  });

  test("codex, by itself above its token limit", async () => {
    const script = [answer("1", { usage: { inputTokens: 50_000 } }), answer("So far."), answer("2")];
    const { server, seat } = await setScene({ cli: "codex", script });
    const resume = sessionId(await seat.run("one"));
    await seat.run("two", { resume, extraArguments: ["-c", "model_auto_compact_token_limit=10000"] });
    expect(server.requests.map(({ kind }) => kind)).toEqual(["turn", "compaction", "turn"]);
  });

  test("copilot /compact", async () => {
    const script = [answer("1"), answer("2"), answer("<summary>So far.</summary>")];
    const { server, seat } = await setScene({ cli: "copilot", script });
    const resume = sessionId(await seat.run("one"));
    for (const prompt of ["two", "/compact"]) await seat.run(prompt, { resume });
    expect(server.requests.map(({ kind }) => kind)).toEqual(["turn", "turn", "compaction"]);
  });
});
