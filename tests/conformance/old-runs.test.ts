/**
 * Old run directories, as in tests/system/old-runs.test.ts: those of the three command lines are gone on with by the real
 * programs, in the sessions that they left; and of all of them plans, reports and logs are as before.
 */
import { readdirSync } from "node:fs";
import { expect, it, onTestFinished } from "vitest";
import { prepareCli } from "../support/cli-environment.ts";
import { CLI_NAMES, installClis } from "../support/clis.ts";
import { createScene, type Scene } from "../support/longhaul.ts";
import { treeOf } from "../support/run-directory.ts";
import { messagesWith } from "../support/model-server/record.ts";
import { answer } from "../support/model-server/script.ts";
import { type ModelServer, startModelServer } from "../support/model-server/server.ts";
import { lostSince } from "../support/old-runs/gave.ts";
import { layOut } from "../support/old-runs/lay-out.ts";
import { eventsIn, logsOf, outputOf, planOf, reportOf, resumeOf, showOf } from "../support/old-runs/looks.ts";
import { misses, textsIn } from "../support/old-runs/misses.ts";
import { type OldRun, oldRuns } from "../support/old-runs/old-run.ts";

const all = oldRuns().map((old) => [old.name, old] as const);
const ofAgents = all.filter(([, { cli }]) => cli !== "replay");

it.each(all)("%s: its plan, its report and its logs are as before", async (_name, old) => {
  const scene = createScene();
  const laidOut = layOut(old, scene.root);
  expect(lostSince(old, "plan", await planOf(scene, laidOut))).toEqual([]);
  expect(lostSince(old, "report", await reportOf(scene, laidOut))).toEqual([]);
  expect(misses(eventsIn(laidOut), await logsOf(scene, laidOut), new Set())).toEqual([]);
});

it.each(ofAgents)("%s is shown and gone on with as before", async (_name, old) => {
  const scene = createScene();
  const laidOut = layOut(old, scene.root);
  expect(lostSince(old, "show", await showOf(scene, laidOut))).toEqual([]);
  expect(lostSince(old, "output of ask", (await outputOf(scene, laidOut, "ask")).split("\n"))).toEqual([]);
  const server = await startModelServer([answer('{"verdict":"good"}')]);
  onTestFinished(() => server.close());
  expect(
    lostSince(
      old,
      "resume",
      await resumeOf(scene, laidOut, { env: await environmentOf(old, { scene, server }) }),
    ),
  ).toEqual([]);
  const asked = server.requests.map(
    // In the session as it was: the prompt stands in it once, and what the tool had printed before the kill.
    (request) => ({
      prompts: messagesWith(request, "MARKER-TASK"),
      tools: messagesWith(request, "ONE-TOOL"),
    }),
  );
  expect(lostSince(old, "requests", asked)).toEqual([]);
});

it("clean removes old runs, and the sessions that their journals name", async () => {
  const scene = createScene();
  const events = all.flatMap(([, old]) => eventsIn(layOut(old, scene.root)));
  const named = new Set(textsIn(events));
  // Copilot's lock of a session lies outside its folder and stays behind.
  const sessions = () =>
    HOMES.flatMap((path) => filesOf(scene, path)).filter((name) => !name.endsWith(".lock"));
  const isNamed = (name: string) => [...named].some((text) => ID.test(text) && name.includes(text));
  expect(sessions().filter(isNamed).length).toBeGreaterThan(5);
  await scene.exits(0, ["clean", "--keep", "0", "--unfinished", "--yes"]);
  expect(readdirSync(scene.runs)).toEqual([".longhaul"]);
  expect(sessions().filter(isNamed)).toEqual([]);
});

const HOMES = ["home/.claude/projects", "home/.codex/sessions", "home/.copilot/session-state"];
const ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

const filesOf = (scene: Scene, path: string): readonly string[] =>
  Object.keys(treeOf(scene.path(path))).filter((name) => !name.endsWith("/"));

/** Waits are short, and claude has usage limits with a subscription only. */
async function environmentOf(
  { cli, name }: OldRun,
  { scene, server }: { readonly scene: Scene; readonly server: ModelServer },
): Promise<Record<string, string>> {
  const known = CLI_NAMES.find((each) => each === cli);
  if (known === undefined) throw new Error(`${name} is of ${cli}, which is none of the command lines.`);
  const login = name === "claude-capped" ? "subscription" : "api-key";
  const setting = {
    cli: known,
    clis: await installClis(),
    serverUrl: server.url,
    home: scene.home,
    login,
  } as const;
  return {
    ...(await prepareCli(setting)),
    CLAUDE_CODE_MAX_RETRIES: "0",
    AGENT_INVOKE_BACKOFF_BASE_S: "0.05",
  };
}
