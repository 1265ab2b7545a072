/** Longhaul, as built, running a workflow of one agent node with a real CLI in front of a scripted model server. */
import { equal } from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type CliSetting, prepareCli } from "../support/cli-environment.ts";
import { type CliName, type InstalledClis, installClis } from "../support/clis.ts";
import { createScene, type Ended, type Scene, type Started } from "../support/longhaul.ts";
import type { Script } from "../support/model-server/cursor.ts";
import { type ModelServer, startModelServer } from "../support/model-server/server.ts";
import { openRunDirectory, type RunDirectory } from "../support/run-directory.ts";
import { until } from "../support/until.ts";

export interface AgentRun {
  readonly server: ModelServer;
  readonly scene: Scene;
  readonly clis: InstalledClis;
  readonly environment: Readonly<Record<string, string>>;
  readonly start: (args?: readonly string[], env?: Readonly<Record<string, string>>) => Started;
  readonly run: (args?: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Ended>;
  readonly directory: () => RunDirectory;
  /** The attempts as the journal has them: `continue answer/no_json`, `task finished repaired`. */
  readonly attempts: () => readonly string[];
}

export interface AgentRunOptions {
  readonly cli: CliName;
  readonly script: Script;
  readonly login?: NonNullable<CliSetting["login"]>;
  /** Lines of the agent node besides id, type, prompt and next; indented by four. */
  readonly node?: string;
  readonly prompt?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Backoff and waits short enough for a test; everything else as a user has it. */
const SHORT_WAITS = {
  AGENT_INVOKE_BACKOFF_BASE_S: "0.05",
  AGENT_INVOKE_BACKOFF_CAP_S: "0.2",
  AGENT_CAP_WAIT_MARGIN_S: "0",
  CLAUDE_CODE_MAX_RETRIES: "0",
};

const PLAIN_NODE = "    outputs: [{ key: verdict, default: none }]";
export const SCHEMA_NODE = `    outputs:
      - key: verdict
        schema: { type: string, enum: [good, bad] }
        default: bad`;

/** Two agent steps, so that the second fails in a run that once worked. */
export const TWICE = `    outputs: [{ key: first, default: none }]
    next: again
  - id: again
    type: agent
    prompt: prompts/ask.md
    outputs: [{ key: verdict, default: none }]`;
/** The same with a script between them, which waits for `goOn`: time to take the program away. */
export const TWICE_HELD = TWICE.replace(
  "next: again",
  "next: pause\n  - { id: pause, type: script, script: pause.sh, next: again }",
);

export async function agentRun(options: AgentRunOptions): Promise<AgentRun> {
  const { cli, script, login = "api-key", env = {} } = options;
  const clis = await installClis();
  const server = await startModelServer(script);
  const scene = createScene();
  onTestFinished(() => server.close());
  scene.write({
    "one/workflow.yaml": workflow(options.node ?? PLAIN_NODE),
    "one/prompts/ask.md": options.prompt ?? "MARKER-TASK: judge the code.",
    "one/pause.sh": "#!/bin/sh\nuntil [ -e gate ]; do sleep 0.1; done\n",
  });
  const environment = {
    ...(await prepareCli({ cli, clis, serverUrl: server.url, home: scene.home, login })),
    ...SHORT_WAITS,
    ...env,
  };
  const start = (args: readonly string[] = [], more: Readonly<Record<string, string>> = {}) =>
    scene.start(["run", "one", "--cli", cli, "--workspace", scene.path("work"), ...args], {
      env: { ...environment, ...more },
    });
  const directory = () => openRunDirectory(join(scene.runs, "one-default"));
  return {
    server,
    scene,
    clis,
    environment,
    start,
    run: (args, more) => start(args, more).ended,
    directory,
    attempts: () => attemptsIn(directory()),
  };
}

/** Lets the script of `TWICE_HELD` end. */
export const goOn = ({ scene }: AgentRun): string => scene.write({ "work/gate": "" });

/** @throws AssertionError with all that the command printed and its journal. */
export function expectExit(ended: Ended, code: number): void {
  equal(ended.code, code, ended.report);
}

/** The process that was started for an attempt of the step `ask`, as soon as its record and the link to the step are there. */
export async function pidOfAttempt(run: AgentRun, attempt: string): Promise<number> {
  const record = join("ask/attempts", attempt, "process.json");
  const path = join(run.scene.runs, "one-default", record);
  await until(
    () => existsSync(path),
    () => `there is no ${path}`,
  );
  return Number(run.directory().json(record)["pid"]);
}

const workflow = (node: string): string => `name: one
start: ask
nodes:
  - id: ask
    type: agent
    prompt: prompts/ask.md
${node}
    next: done
  - { id: done, type: terminal }
`;

function attemptsIn({ events }: RunDirectory): readonly string[] {
  const modes = new Map<number, string>();
  return events.flatMap((event) => {
    if (event.type === "attempt.started") modes.set(event.attempt, event.mode);
    if (event.type === "attempt.finished") return [`${modes.get(event.attempt)} finished ${event.source}`];
    if (event.type === "attempt.interrupted") return [`${modes.get(event.attempt)} interrupted`];
    if (event.type !== "attempt.failed") return [];
    return [`${modes.get(event.attempt)} ${event.failure.class}/${event.failure.reason}`];
  });
}
