/** Puts one step on the wire. The only file of the server that writes to sockets. */
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type ModelApi, type StreamEvent, plainReply } from "./api.ts";
import type { Json } from "./json.ts";
import type { RecordedRequest } from "./record.ts";
import type { Delivery, Failure, Reply, Step } from "./step.ts";

export interface Exchange {
  readonly api: ModelApi;
  readonly request: RecordedRequest;
  readonly response: ServerResponse;
  readonly serial: number;
}

/** Resolves when all that the step sends has been handed to the socket; a silent or stalled one stays open. */
export async function deliver(step: Step, exchange: Exchange): Promise<void> {
  if (step.delayMs !== undefined) await sleep(step.delayMs, undefined, { ref: false });
  switch (step.kind) {
    case "reply":
      return deliverReply(step, exchange);
    case "failure":
      return deliverFailure(step, exchange);
    case "silence":
      if (step.after === "headers") openStream(exchange.response, {});
  }
}

/** Sends one JSON document and ends the response. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: Json,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

async function deliverReply(step: Reply, { api, request, response, serial }: Exchange): Promise<void> {
  const reply = plainReply(step, request.toolNames, serial);
  const context = { serial, model: request.model, nowMs: Date.now() };
  const interrupted = step.delivery === "cut" || step.delivery === "early-end" || step.delivery === "stall";
  if (!request.streaming && !interrupted)
    return sendJson(response, 200, api.whole(reply, context), step.headers);
  openStream(response, step.headers);
  const events = api.streamed(reply, context);
  const text = linesOf(step.delivery, events).join("");
  await write(response, step.delivery === "bad-utf8" ? withBadBytes(text) : Buffer.from(text));
  if (step.delivery === "stall") return;
  if (step.delivery === "cut") response.socket?.destroy();
  else response.end();
}

function deliverFailure(step: Failure, { api, request, response, serial }: Exchange): void {
  const nowMs = Date.now();
  if (step.place === "stream" && request.streaming) {
    openStream(response, step.headers);
    const events = api.failureInStream(step.cause, { serial, model: request.model, nowMs });
    response.end(events.map(asText).join(""));
    return;
  }
  const { status, headers, body } = api.failure(step.cause, nowMs);
  sendJson(response, status, step.body ?? body, { ...headers, ...step.headers });
}

function openStream(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache", ...headers });
  response.flushHeaders();
}

function linesOf(delivery: Delivery, events: readonly StreamEvent[]): readonly string[] {
  const middle = events.findIndex((event) => event.firstWords === true) + 1 || Math.ceil(events.length / 2);
  const first = events.slice(0, middle).map(asText);
  const rest = events.slice(middle).map(asText);
  if (delivery === "complete" || delivery === "bad-utf8") return [...first, ...rest];
  return delivery === "malformed" ? [...first, "data: {this is no JSON\n\n", ...rest] : first;
}

function asText({ name, data }: StreamEvent): string {
  const payload = data === "[DONE]" ? data : JSON.stringify(data);
  return `${name === undefined ? "" : `event: ${name}\n`}data: ${payload}\n\n`;
}

/** Waits until the bytes left this process, so that a cut right after does not take them back. */
async function write(response: ServerResponse, bytes: Buffer): Promise<void> {
  await new Promise<void>((resolve) => {
    response.write(bytes, () => resolve());
  });
}

const BAD_BYTE = Buffer.of(0xff);

function withBadBytes(text: string): Buffer {
  return Buffer.concat(
    text
      .split("\uFFFD")
      .flatMap((part) => [BAD_BYTE, Buffer.from(part)])
      .slice(1),
  );
}
