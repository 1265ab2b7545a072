/** The model server by itself, spoken to with plain requests. The real CLIs meet it in tests/conformance. */
import { onTestFinished, describe, expect, test } from "vitest";
import { parseJson } from "../../support/model-server/json.ts";
import type { Script } from "../../support/model-server/cursor.ts";
import { messagesWith } from "../../support/model-server/record.ts";
import {
  answer,
  cutStream,
  delayed,
  forever,
  hold,
  namedToolCall,
  silence,
  status,
  times,
  toolCall,
} from "../../support/model-server/script.ts";
import { type ListenOptions, type ModelServer, startModelServer } from "../../support/model-server/server.ts";

async function serve(script: Script, options: ListenOptions = {}): Promise<ModelServer> {
  const server = await startModelServer(script, options);
  onTestFinished(() => server.close());
  return server;
}

/** The smallest body that counts as an agent's turn in every API. */
const BODY = {
  model: "m",
  messages: [{ role: "user", content: "hello" }],
  input: [{ type: "message", role: "user", content: "hello" }],
  tools: [{ name: "Bash" }],
};

function ask(server: ModelServer, path = "/v1/chat/completions", body: object = BODY): Promise<Response> {
  return fetch(server.url + path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { authorization: "Bearer key-1" },
  });
}

async function statuses(server: ModelServer, count: number): Promise<readonly number[]> {
  const codes: number[] = [];
  for (let n = 0; n < count; n += 1) codes.push((await ask(server)).status);
  return codes;
}

describe("a script", () => {
  test("is used up one entry for each request, then answers 400", async () => {
    const server = await serve([times(2, status(503)), answer("OK"), () => status(418)]);
    expect(await statuses(server, 5)).toEqual([503, 503, 200, 418, 400]);
    expect(await (await ask(server)).json()).toMatchObject({ error: { code: "script_exhausted" } });
  });

  test("goes on for ever with its last entry when told to", async () => {
    const server = await serve([answer("OK"), forever(status(503))]);
    expect(await statuses(server, 4)).toEqual([200, 503, 503, 503]);
  });

  test("chooses by looking at the request", async () => {
    const server = await serve([
      forever((request) => status(messagesWith(request, "hello") === 1 ? 402 : 404)),
    ]);
    expect((await ask(server)).status).toBe(402);
    expect((await ask(server, "/v1/chat/completions", { ...BODY, messages: [] })).status).toBe(404);
  });

  test("can be replaced while the server runs", async () => {
    const server = await serve([forever(status(503))]);
    expect((await ask(server)).status).toBe(503);
    server.setScript([answer("OK")]);
    expect((await ask(server)).status).toBe(200);
  });

  test("that asks for a shell the client lacks says so instead of hanging", async () => {
    const server = await serve([toolCall("true")]);
    const response = await ask(server, "/v1/responses", { ...BODY, tools: [{ name: "Read" }] });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("no known shell tool (tools: Read)");
  });
});

describe("one step in three APIs, without streaming", () => {
  const step = namedToolCall("Read", { file: "a" }, { servedModel: "another" });
  test.each([
    [
      "/v1/messages",
      {
        model: "another",
        stop_reason: "tool_use",
        content: [{ type: "tool_use", name: "Read", input: { file: "a" } }],
      },
    ],
    [
      "/v1/responses",
      {
        model: "another",
        status: "completed",
        output: [{ type: "function_call", name: "Read", arguments: '{"file":"a"}' }],
      },
    ],
    [
      "/v1/chat/completions",
      {
        model: "another",
        choices: [{ finish_reason: "tool_calls", message: { tool_calls: [{ function: { name: "Read" } }] } }],
      },
    ],
  ])("%s", async (path, expected) => {
    const server = await serve([step]);
    expect(parseJson(await (await ask(server, path)).text())).toMatchObject(expected);
  });
});

describe("requests", () => {
  test("are recorded in neutral words and without credentials", async () => {
    const server = await serve([answer("OK")]);
    await ask(server, "/v1/messages", {
      ...BODY,
      system: "12345",
      messages: [...BODY.messages, { role: "system", content: "678" }],
    });
    const [request] = server.requests;
    expect(request).toMatchObject({
      kind: "turn",
      api: "anthropic",
      model: "m",
      systemCharacters: 8,
      toolNames: ["Bash"],
      streaming: false,
    });
    expect(request?.messages).toEqual([{ role: "user", text: "hello" }]);
    expect(request?.headers).not.toHaveProperty("authorization");
    expect([request?.sentCredential("key-1"), request?.sentCredential("key-2")]).toEqual([true, false]);
  });

  test("on the side use up no step", async () => {
    const server = await serve([status(503)]);
    expect((await fetch(server.url, { method: "HEAD" })).status).toBe(200);
    expect(await (await fetch(`${server.url}/v1/models?limit=1`)).json()).toMatchObject({ data: [] });
    expect((await ask(server, "/v1/messages/count_tokens")).status).toBe(200);
    expect((await ask(server, "/v1/messages", { ...BODY, tools: [] })).status).toBe(200);
    expect((await ask(server, "/elsewhere")).status).toBe(404);
    expect(server.sideRequests.map(({ kind }) => kind)).toEqual([
      "other",
      "other",
      "other",
      "helper",
      "other",
    ]);
    expect((await ask(server)).status).toBe(503);
  });

  test("are waited for in vain only so long", async () => {
    const server = await serve([]);
    await expect(server.waitForRequest(1, { timeoutMs: 1 })).rejects.toThrow(
      "no model request 1 within 1 ms; there were 0",
    );
  });
});

describe("an answer", () => {
  test("that is held comes with its release, whichever is first", async () => {
    const server = await serve([hold(answer("one")), hold(answer("two"))]);
    server.release();
    expect((await ask(server)).status).toBe(200);
    const second = ask(server);
    await server.waitForRequest(2);
    server.release();
    expect((await second).status).toBe(200);
  });

  test("that is delayed comes in the end", async () => {
    const server = await serve([delayed(answer("late"), { ms: 5 })]);
    expect((await ask(server)).status).toBe(200);
  });

  test("that is cut ends in an error, not in an end", async () => {
    const server = await serve([cutStream()]);
    const response = await ask(server, "/v1/responses", { ...BODY, stream: true });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow("terminated");
  });

  test("that never comes is broken by closing, and the port can be taken again", async () => {
    const server = await serve([silence()]);
    const pending = ask(server);
    const request = await server.waitForRequest(1);
    const [outcome] = await Promise.allSettled([pending, server.close()]);
    expect(outcome.status).toBe("rejected");
    expect(request.abandoned()).toBe(true);
    const again = await serve([answer("OK")], { port: server.port });
    expect((await ask(again)).status).toBe(200);
  });
});
