import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createScene, type Ended, type Scene } from "./longhaul.ts";
import { openRunDirectory, type RunDirectory } from "./run-directory.ts";
import { until } from "./until.ts";

/**
 * A stand-in for the CLI at the outermost edge. Its n-th start prints `acts/<n>` and ends. With a file `acts/<n>.holds`, or
 * without either file, it stays alive in silence until it is killed.
 */
const CLAUDE = `#!/usr/bin/env bash
cat > /dev/null
number=$(($(cat "$LEDGER" 2>/dev/null | wc -l) + 1))
echo '{"type":"system","subtype":"init","session_id":"5e55-10","model":"sonnet"}'
[ -e "$ACTS/$number" ] && cat "$ACTS/$number"
echo "$number" >> "$LEDGER"
[ -e "$ACTS/$number" ] && [ ! -e "$ACTS/$number.holds" ] && exit 0
while :; do sleep 0.1; done
`;

const RUN = ["run", "acted", "--cli", "claude"] as const;

/** A workflow of one agent, and what each start of its CLI does: the lines it prints, and whether it then stays alive. */
export function actedScene(acts: Readonly<Record<number, Act>>): Scene {
  const scene = createScene();
  const files = Object.entries(acts).flatMap(([number, { says, holds = false }]) => [
    [`acts/${number}`, says.map((line) => `${line}\n`).join("")],
    ...(holds ? [[`acts/${number}.holds`, ""]] : []),
  ]);
  scene.write({
    "acted/workflow.yaml": `
name: acted
start: ask
nodes:
  - { id: ask, type: agent, prompt: ask.md, outputs: [{ key: answer, default: none }], next: done }
  - { id: done, type: terminal }
`,
    "acted/ask.md": "What is it?\n",
    "bin/claude": CLAUDE,
    "acts/.keep": "",
    ...Object.fromEntries(files),
  });
  return scene;
}

export interface Act {
  readonly says: readonly string[];
  readonly holds?: boolean;
}

const environment = (scene: Scene) => ({
  ACTS: scene.path("acts"),
  PATH: `${scene.path("bin")}:${process.env["PATH"] ?? ""}`,
});

/** Starts the run. Kills its runner once the CLI's n-th start is there and `folder` of the step has its output. */
export async function killAtAct(
  scene: Scene,
  number: number,
  env: Readonly<Record<string, string>> = {},
  said = "",
  folder = `attempts/${String(number).padStart(2, "0")}`,
): Promise<void> {
  const started = scene.start(RUN, { env: { ...environment(scene), ...env } });
  const events = join(scene.runs, "acted-default/ask", folder, "events.jsonl");
  await until(
    () => scene.ledger().length >= number && (said === "" || holds(events, said)),
    () => `start ${number} of the CLI:\n${started.stderr()}`,
  );
  started.child.kill("SIGKILL");
  await started.ended;
}

const holds = (file: string, text: string): boolean =>
  existsSync(file) && readFileSync(file, "utf8").includes(text);

export const runActed = (
  scene: Scene,
  env: Readonly<Record<string, string>> = {},
  {
    args = [],
    nodeArgs = [],
  }: { readonly args?: readonly string[]; readonly nodeArgs?: readonly string[] } = {},
): Promise<Ended> => scene.run([...RUN, ...args], { nodeArgs, env: { ...environment(scene), ...env } });

export const actedRun = (scene: Scene): RunDirectory => openRunDirectory(join(scene.runs, "acted-default"));

/** Lines in claude's format. */
const line = (fields: object): string => JSON.stringify({ session_id: "5e55-10", ...fields });
export const modelSays = (text: string): string =>
  line({
    type: "assistant",
    message: { role: "assistant", model: "sonnet", content: [{ type: "text", text }], usage: {} },
  });
export const resultOf = (text: string, fields: object = {}): string =>
  line({
    type: "result",
    subtype: "success",
    is_error: false,
    num_turns: 1,
    usage: {},
    result: text,
    ...fields,
  });
export const answers = (text: string): Act => ({ says: [modelSays(text), resultOf(text)] });
/** The session has become too long; for a fresh session it would be the prompt. */
export const overflows: Act = {
  says: [
    modelSays("I have begun."),
    line({
      type: "result",
      subtype: "success",
      is_error: true,
      terminal_reason: "prompt_too_long",
      result: "Prompt is too long",
    }),
  ],
};
export const compacts: Act = {
  says: [line({ type: "system", subtype: "status", compact_result: "success" }), resultOf("")],
};
/** The API has no capacity; the run waits until it has. */
export const compactionIsRefused: Act = {
  says: [
    line({
      type: "system",
      subtype: "status",
      compact_result: "failed",
      compact_error: "API Error: 529 Overloaded",
    }),
    resultOf(""),
  ],
};
/** A weekly cap that ends in a few hours. */
export const capped = (resetsAtSeconds: number): Act => ({
  says: [
    line({
      type: "rate_limit_event",
      rate_limit_info: {
        status: "rejected",
        resetsAt: resetsAtSeconds,
        rateLimitType: "seven_day",
        isUsingOverage: false,
      },
    }),
    resultOf("You have hit your limit", { is_error: true, api_error_status: 429 }),
  ],
});
