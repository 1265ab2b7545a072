/**
 * The model server as a program of its own, for clients in containers:
 *
 *     node tests/support/model-server/main.mjs SCRIPT.json [HOST [PORT]]    any Node from 20
 *     node tests/support/model-server/main.ts  SCRIPT.json [HOST [PORT]]    a Node that strips types (24)
 *
 * SCRIPT.json is a script written by `JSON.stringify([answer("..."), forever(status(503))])`; functions of the request
 * cannot be in it. Prints `{"url":...}` when it listens and one JSON line for each request; ends on SIGTERM or SIGINT.
 */
import { readFile } from "node:fs/promises";
import type { Script } from "./cursor.ts";
import { at, isList, parseJson } from "./json.ts";
import type { RecordedRequest } from "./record.ts";
import { startModelServer } from "./server.ts";

const [scriptFile, host = "127.0.0.1", port = "0"] = process.argv.slice(2);
if (scriptFile === undefined) throw new Error("usage: main.mjs SCRIPT.json [HOST [PORT]]");

const server = await startModelServer(await readScript(scriptFile), {
  host,
  port: Number(port),
  onRequest: printRequest,
});
print({ url: server.url });
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => void server.close());

async function readScript(file: string): Promise<Script> {
  const entries = parseJson(await readFile(file, "utf8"));
  if (!isList(entries)) throw new Error(`${file} holds no JSON list of steps`);
  const wrong = entries.findIndex(
    (entry) => at(entry, "kind") === undefined && at(entry, "forever") === undefined,
  );
  if (wrong !== -1)
    throw new Error(`${file}: entry ${wrong} is no step; write the file with JSON.stringify of a script`);
  // The file is the script's own JSON; what a step holds is not checked again.
  return entries as unknown as Script;
}

function printRequest({ kind, api, method, path, model, messages }: RecordedRequest): void {
  print({ kind, api, method, path, model, messages });
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
