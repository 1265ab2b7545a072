/**
 * A model server on loopback whose answers are scripted. One script works for all three APIs: the
 * path of a request says which one its CLI speaks.
 *
 *     const server = await startModelServer([toolCall("echo hi"), answer('{"a":1}'), forever(status(503))]);
 *     ... run a CLI against server.url ...
 *     expect(messagesWith(await server.waitForRequest(2), "the prompt")).toBe(1);
 *     await server.close();
 */
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { ModelApi } from "./api.ts";
import { type Cursor, type Script, createCursor } from "./cursor.ts";
import { deliver, sendJson } from "./delivery.ts";
import { type Gate, createGate } from "./gate.ts";
import { parseJson } from "./json.ts";
import { type Conversation, type RecordedRequest, credentialsIn, withoutCredentials } from "./record.ts";
import { apiOf, kindOf, sideAnswer } from "./request-kind.ts";
import { answer } from "./script.ts";

export interface ModelServer {
  /** Without a trailing slash and without `/v1`. */
  readonly url: string;
  readonly port: number;
  /** The requests that used up a step of the script, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** All others: probes, model lists, token counts, helper calls. */
  readonly sideRequests: readonly RecordedRequest[];
  /** The nth scripted request (from 1), as soon as it has arrived. @throws Error after `timeoutMs`, saying what did arrive. */
  readonly waitForRequest: (n: number, options?: { readonly timeoutMs?: number }) => Promise<RecordedRequest>;
  /** Lets one held answer go: the oldest one waiting, else the next to come. */
  readonly release: () => void;
  /** Replaces what is left of the script. */
  readonly setScript: (script: Script) => void;
  /** Breaks all open connections; afterwards the port refuses. */
  readonly close: () => Promise<void>;
}

interface State {
  cursor: Cursor;
  serial: number;
  readonly gate: Gate;
  readonly requests: RecordedRequest[];
  readonly sideRequests: RecordedRequest[];
  readonly arrivals: Set<() => void>;
  readonly onRequest: (request: RecordedRequest) => void;
}

export interface ListenOptions {
  /** 0 takes a free one. */
  readonly port?: number;
  /** Another address than loopback, for clients in containers. */
  readonly host?: string;
  /** Called with each request, scripted or not, before it is answered. Must not throw. */
  readonly onRequest?: (request: RecordedRequest) => void;
}

const ARRIVAL_TIMEOUT_MS = 60_000;

/** @throws Error when the port is taken. */
export async function startModelServer(
  script: Script,
  { port = 0, host = "127.0.0.1", onRequest = () => {} }: ListenOptions = {},
): Promise<ModelServer> {
  const state: State = {
    cursor: createCursor(script),
    serial: 0,
    gate: createGate(),
    requests: [],
    sideRequests: [],
    arrivals: new Set(),
    onRequest,
  };
  const server = createServer((request, response) => {
    handle(state, request, response).catch((error: unknown) => report(response, error));
  });
  server.keepAliveTimeout = 0; // five seconds otherwise: a request after a tool of that length would meet the closing
  const actualPort = await listen(server, { port, host });
  return {
    url: `http://${host}:${actualPort}`,
    port: actualPort,
    requests: state.requests,
    sideRequests: state.sideRequests,
    waitForRequest: (n, { timeoutMs = ARRIVAL_TIMEOUT_MS } = {}) => waitForRequest(state, { n, timeoutMs }),
    release: state.gate.release,
    setScript(next) {
      state.cursor = createCursor(next);
    },
    close: () => close(server),
  };
}

async function handle(state: State, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = "GET", url = "/" } = incoming;
  const api = apiOf(method, url);
  const request = record({ api, incoming, response, body: await text(incoming) });
  state.onRequest(request);
  if (api === undefined || request.kind === "other" || request.kind === "helper") {
    state.sideRequests.push(request);
    return answerAside(request, { api, response });
  }
  state.serial += 1;
  const { serial } = state;
  state.requests.push(request);
  const step = state.cursor.next(request);
  for (const arrived of state.arrivals) arrived();
  if (step.held === true) await state.gate.pass();
  await deliver(step, { api, request, response, serial });
}

function record(parts: {
  readonly api: ModelApi | undefined;
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: string;
}): RecordedRequest {
  const { api, incoming, response } = parts;
  const body = parts.body === "" ? null : parseJson(parts.body);
  const conversation = api?.read(body) ?? NO_CONVERSATION;
  const credentials = credentialsIn(incoming.headers);
  return {
    ...conversation,
    kind: kindOf({ api, conversation, headers: incoming.headers, body }),
    api: api?.name ?? null,
    method: incoming.method ?? "GET",
    path: incoming.url ?? "/",
    headers: withoutCredentials(incoming.headers),
    body,
    sentCredential: (credential) => credentials.includes(credential),
    abandoned: () => response.destroyed && !response.writableFinished,
  };
}

const NO_CONVERSATION: Conversation = {
  model: "",
  systemCharacters: 0,
  messages: [],
  toolNames: [],
  streaming: false,
};

async function answerAside(
  request: RecordedRequest,
  { api, response }: { readonly api: ModelApi | undefined; readonly response: ServerResponse },
): Promise<void> {
  if (api !== undefined) return deliver(answer("OK"), { api, request, response, serial: 0 });
  const page = sideAnswer(request.method, request.path, request.body);
  sendJson(response, page === null ? 404 : 200, page ?? { error: { message: `no page ${request.path}` } });
}

/** A mistake in a script shows in the CLI's output instead of hanging it. */
function report(response: ServerResponse, error: unknown): void {
  const message = `model server: ${error instanceof Error ? error.message : String(error)}`;
  if (response.headersSent) response.destroy();
  else
    sendJson(response, 400, {
      type: "error",
      error: { type: "script_error", code: "script_error", message },
    });
}

function waitForRequest(
  state: State,
  { n, timeoutMs }: { readonly n: number; readonly timeoutMs: number },
): Promise<RecordedRequest> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      state.arrivals.delete(look);
      reject(new Error(`no model request ${n} within ${timeoutMs} ms; there were ${state.requests.length}`));
    }, timeoutMs);
    function look(): void {
      const found = state.requests[n - 1];
      if (found === undefined) return;
      clearTimeout(timer);
      state.arrivals.delete(look);
      resolve(found);
    }
    state.arrivals.add(look);
    look();
  });
}

function listen(
  server: Server,
  { port, host }: { readonly port: number; readonly host: string },
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      // A server listening on a port has an AddressInfo; string addresses belong to pipes.
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
