import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { blocksOf, CHECKOUT } from "../support/docs-pages.ts";
import { calls } from "../support/in-process.ts";
import { createScene, expectExit, type Scene } from "../support/longhaul.ts";
import { openRunDirectory } from "../support/run-directory.ts";

const PAGE = readFileSync(join(CHECKOUT, "docs/notifications.md"), "utf8");
/** The commands of the page, in its order, as a shell reads them. */
const COMMANDS = blocksOf({ text: PAGE })
  .filter(({ text }) => text.startsWith("export AGENT_NOTIFY_CMD="))
  .map(({ text }) =>
    execFileSync("bash", ["-c", `${text}\nprintf %s "$AGENT_NOTIFY_CMD"`], { encoding: "utf8" }),
  );
const [WEBHOOK = "", SLACK = "", NTFY = "", LINUX = "", MACOS = "", ONLY_BAD = "", IN_CONTAINER = ""] =
  COMMANDS;

interface Received {
  readonly path: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

interface Receiver {
  readonly received: readonly Received[];
  /** The command with the address of this receiver before the one it has. */
  at(command: string): string;
}

/** A web server on this machine that takes whatever it is sent. */
async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      received.push({ path: request.url, headers: request.headers, body });
      response.end("ok");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    received,
    at: (command) => command.replace(/https:\/\/([^ /]+)/u, `http://127.0.0.1:${port}/$1`),
  };
}

const workflow = (start: string, more: string) => `
name: day
start: ${start}
labels: { story: APP-7 }
nodes:
  - { id: ask, type: agent, prompt: ask.md, outputs: [{ key: one, default: none }], next: check }
  - { id: check, type: script, script: check.sh, next: done }
  - { id: done, type: terminal }
  - { id: gave_up, type: fail }
${more}`;
const ANSWER = "ask: { output: { one: 1 } }\n";

function dayScene({ replay = ANSWER, check = "true", start = "ask", more = "" } = {}): Scene {
  const scene = createScene();
  scene.write({
    "day/workflow.yaml": workflow(start, more),
    "day/ask.md": "What?\n",
    "day/check.sh": `#!/usr/bin/env bash\n${check}\n`,
    "day/replay.yaml": replay,
  });
  return scene;
}
const RUN = ["run", "day", "--cli", "replay"] as const;
const FINISHED = {
  kind: "finished",
  run: "day-default",
  labels: { story: "APP-7" },
  event: { type: "run.finished", outcome: "terminal", node: "done", exit_code: 0 },
};
const json = ({ body }: Received): unknown => JSON.parse(body);

it("the page shows these commands", () => {
  expect(COMMANDS).toHaveLength(7);
});

describe("a ready command over HTTP", () => {
  it.each([
    ["webhook", WEBHOOK],
    ["webhook from the container", IN_CONTAINER],
  ])("%s: gets the JSON as it is", async (_name, command) => {
    const receiver = await startReceiver();
    await calls(dayScene(), 0, RUN, { AGENT_NOTIFY_CMD: receiver.at(command) });
    expect(receiver.received.map(json)).toMatchObject([FINISHED]);
    expect(receiver.received[0]).toMatchObject({
      path: "/example.com/hooks/longhaul",
      headers: { "content-type": "application/json" },
    });
  });

  it("Slack: a text with the labels", async () => {
    const receiver = await startReceiver();
    await calls(dayScene(), 0, RUN, { AGENT_NOTIFY_CMD: receiver.at(SLACK) });
    expect(receiver.received.map(json)).toEqual([{ text: "day-default · finished · done · story=APP-7" }]);
    expect(receiver.received[0]?.path).toBe("/hooks.slack.com/services/T000/B000/XXXX");
  });

  it("ntfy: a line, with a title", async () => {
    const receiver = await startReceiver();
    await calls(dayScene(), 0, RUN, { AGENT_NOTIFY_CMD: receiver.at(NTFY) });
    expect(receiver.received).toMatchObject([
      {
        path: "/ntfy.sh/my-longhaul-topic",
        headers: { title: "Longhaul" },
        body: "day-default · finished · done\n",
      },
    ]);
  });

  it("only the bad news: nothing of a good end", async () => {
    const receiver = await startReceiver();
    const env = { AGENT_NOTIFY_CMD: receiver.at(ONLY_BAD) };
    await calls(dayScene(), 0, RUN, env);
    expect(receiver.received).toEqual([]);
    await calls(dayScene({ check: "exit 1" }), 6, RUN, env);
    expect(receiver.received.map(json)).toMatchObject([{ kind: "stopped" }]);
  });
});

it.each([
  ["notify-send", LINUX, ["Longhaul", "day-default: finished"]],
  [
    "osascript",
    MACOS,
    [
      "-e",
      "on run argv",
      "-e",
      'display notification (item 1 of argv) with title "Longhaul"',
      "-e",
      "end run",
      "day-default: finished",
    ],
  ],
])("%s is called with a title and a text", async (program, command, args) => {
  const scene = dayScene();
  scene.write({ [`bin/${program}`]: '#!/usr/bin/env bash\nprintf "%s\\n" "$@" > "$HOME/notice"\n' });
  const path = `${scene.path("bin")}:${process.env["PATH"] ?? ""}`;
  await calls(scene, 0, RUN, { AGENT_NOTIFY_CMD: command, PATH: path });
  expect(readFileSync(scene.path("home", "notice"), "utf8").trimEnd().split("\n")).toEqual(args);
});

describe("no end is silent", () => {
  const NO_ANSWER = "ask: no JSON at all\n";
  const LOGIN = "ask: { failure: { class: auth, reason: rejected } }\n";
  const MISSING = "requires: [{ cmd: no-such-command }]\n";
  const NO_DISK = { AGENT_MIN_FREE_DISK_MB: "999999999999" };
  interface End {
    readonly files?: Parameters<typeof dayScene>[0];
    readonly flags?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly code: number;
    readonly kinds: readonly string[];
  }
  it.each<[string, End]>([
    ["a good end", { code: 0, kinds: ["finished"] }],
    ["an end after defaults", { files: { replay: NO_ANSWER }, code: 8, kinds: ["defaulted", "finished"] }],
    ["a step that failed", { files: { check: "exit 1" }, code: 6, kinds: ["stopped"] }],
    ["an end at a fail node", { files: { start: "gave_up" }, code: 1, kinds: ["finished"] }],
    ["a limit", { flags: ["--limit", "steps=1"], code: 5, kinds: ["stopped"] }],
    ["a missing login", { files: { replay: LOGIN }, code: 3, kinds: ["stopped"] }],
    ["a missing program", { files: { more: MISSING }, code: 3, kinds: ["stopped"] }],
    [
      "a wait that nobody wants",
      { flags: ["--no-wait"], env: NO_DISK, code: 75, kinds: ["parked", "interrupted"] },
    ],
  ])("%s", async (_what, { files = {}, flags = [], env = {}, code, kinds }) => {
    const receiver = await startReceiver();
    const told = { ...env, AGENT_NOTIFY_CMD: receiver.at(WEBHOOK) };
    const scene = dayScene(files);
    await calls(scene, code, [...RUN, ...flags], told);
    expect(receiver.received.map(json)).toMatchObject(
      kinds.map((kind) => ({ kind, run: "day-default", labels: { story: "APP-7" } })),
    );
    const { events } = openRunDirectory(scene.path("runs", "day-default"));
    expect(events.filter(({ labels }) => labels?.["story"] !== "APP-7")).toEqual([]);
  });

  it("a park, a signal, and a stop from elsewhere", async () => {
    const receiver = await startReceiver();
    const env = { ...NO_DISK, AGENT_NOTIFY_CMD: receiver.at(WEBHOOK) };
    const scene = dayScene();
    const parked = scene.start(RUN, { env });
    await parked.said("(park)");
    parked.child.kill("SIGTERM");
    expectExit(75, await parked.ended);
    const again = scene.start(RUN, { env });
    await again.said("resumed");
    await calls(scene, 0, ["stop", "day-default"]);
    expectExit(75, await again.ended);
    expect(receiver.received.map(json)).toMatchObject([
      { kind: "parked" },
      { kind: "interrupted" },
      { kind: "stopped", event: { exit_code: 75 } },
    ]);
  });
});
