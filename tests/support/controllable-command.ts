import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import type { Ended } from "./longhaul.ts";

const PROGRAM = join(import.meta.dirname, "controllable-command.mjs");

/** A program for a workflow's script or a CLI whose processes report to the test and do what it says. */
export interface ControllableCommand {
  /** What the executable file is to hold. */
  readonly program: string;
  /** The next process that was started and not taken yet. Rejects when `user`, who is to start it, ends before. */
  started(user: Promise<Pick<Ended, "report">>): Promise<Invocation>;
}

/** One process of it. It goes on until it is told to end, dies of a signal, or the test is over. */
export interface Invocation {
  readonly pid: number;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** All it was given, once that has an end. */
  readonly stdin: Promise<string>;
  /** Resolves when the process is gone, however it ended. */
  readonly gone: Promise<void>;
  /** Resolves when the text is written. */
  prints(text: string, stream?: "stdout" | "stderr"): Promise<void>;
  /** From its end on these signals only report. SIGKILL cannot be outlived. */
  outlives(...signals: readonly NodeJS.Signals[]): Promise<void>;
  /** The next signal that it was told to outlive, and has. */
  signal(): Promise<NodeJS.Signals>;
  exits(code: number): Promise<void>;
  diesOf(signal: NodeJS.Signals): Promise<void>;
}

/** Listens on a socket in the directory; what still runs when the test is over ends then. */
export async function controllableCommand(directory: string): Promise<ControllableCommand> {
  const socket = join(directory, "commands.sock");
  const invocations = queue<Invocation>();
  const connections = new Set<Socket>();
  const server = createServer((connection) => {
    connections.add(connection);
    void invocationOf(connection).then(invocations.put);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  onTestFinished(() => {
    server.close();
    for (const connection of connections) connection.destroy();
  });
  return {
    program: `#!/usr/bin/env bash\nexec '${process.execPath}' '${PROGRAM}' '${socket}' "$@"\n`,
    started: (user) => Promise.race([invocations.take(), user.then(endedWithoutStart)]),
  };
}

function endedWithoutStart({ report }: Pick<Ended, "report">): never {
  throw new Error(`ended before it started the command:\n${report}`);
}

type Told =
  | { readonly started: Pick<Invocation, "pid" | "args" | "cwd" | "env"> }
  | { readonly done: string }
  | { readonly signal: NodeJS.Signals }
  | { readonly stdin: string };

async function invocationOf(connection: Socket): Promise<Invocation> {
  const facts = queue<Pick<Invocation, "pid" | "args" | "cwd" | "env">>();
  const done = queue<void>();
  const signals = queue<NodeJS.Signals>();
  const stdin = queue<string>();
  createInterface({ input: connection }).on("line", (line) => {
    const told = JSON.parse(line) as Told; // of controllable-command.mjs
    if ("started" in told) facts.put(told.started);
    else if ("signal" in told) signals.put(told.signal);
    else if ("stdin" in told) stdin.put(told.stdin);
    else done.put();
  });
  connection.on("error", () => undefined); // a process that was killed; it closes as well
  const gone = new Promise<void>((resolve) => connection.once("close", () => resolve()));
  const order = (order: string, details: object) =>
    void connection.write(`${JSON.stringify({ order, ...details })}\n`);
  const acted = (name: string, details: object) => {
    order(name, details);
    return Promise.race([done.take(), gone.then(() => Promise.reject(new Error(`gone before: ${name}`)))]);
  };
  const ends = (name: string, details: object) => {
    order(name, details);
    return gone;
  };
  return {
    ...(await facts.take()),
    stdin: stdin.take(),
    gone,
    prints: (text, stream = "stdout") => acted("print", { stream, text }),
    outlives: (...names) => acted("outlive", { signals: names }),
    signal: signals.take,
    exits: (code) => ends("exit", { code }),
    diesOf: (signal) => ends("die", { signal }),
  };
}

/** What is put is taken once, in order, by those who wait for it. */
function queue<T>() {
  const items: T[] = [];
  const takers: ((item: T) => void)[] = [];
  return {
    put: (item: T): void => {
      const taker = takers.shift();
      if (taker === undefined) items.push(item);
      else taker(item);
    },
    take: (): Promise<T> =>
      new Promise((resolve) => {
        if (items.length > 0) resolve(items.shift() as T); // there is one
        else takers.push(resolve);
      }),
  };
}
