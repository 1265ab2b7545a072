/** Compose without run.sh, and what the entrypoint says when something is missing. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openBox } from "./support/box.ts";
import { expectExit, mustRun } from "./support/command.ts";
import { CHECKOUT } from "./support/image.ts";
import { eventually } from "./support/run-record.ts";

const UP = ["up", "--exit-code-from", "longhaul"];
const HELLO_WORLD = join(CHECKOUT, "workflows/hello-world");
const REPLAY_ONCE = { AGENT_CLI: "replay", LONGHAUL_RESTART: "no" };

test("runs a workflow, and the same run is the one that run.sh knows", async () => {
  const box = await openBox();
  const first = await box.compose(UP, { WORKFLOW_DIR: HELLO_WORLD, ...REPLAY_ONCE });
  expectExit(first, 0);
  const again = await box.runSh(["hello-world", "--cli", "replay"]);
  expectExit(again, 0);
  expect(await box.inVolumes("ls /runs")).toBe("hello-world-default");
  expect(await box.inVolumes('grep -c \'"type":"run.started"\' /runs/*/journal.jsonl')).toBe("1");
});

test("under the restart policy a finished run idles, and comes back to idle", async () => {
  const box = await openBox();
  const env = { WORKFLOW_DIR: HELLO_WORLD, AGENT_CLI: "replay" };
  expectExit(await box.compose(["up", "-d"], env), 0);
  const says = async (text: string) => (await box.compose(["logs"], env)).output.includes(text);
  await eventually("the run is over", () => says("finished with exit code 0. This container now idles"));
  expectExit(await box.compose(["restart"], env), 0);
  await eventually("the container is back", () => says("this run is over (exit code 0); nothing is started"));
  expect(await box.inVolumes('grep -c \'"type":"run.resumed"\' /runs/*/journal.jsonl || true')).toBe("0");
});

test.each([
  { what: "a folder without a workflow", folder: "empty", code: 2, says: "there is no workflow" },
  { what: "a relative path", folder: "./workflows/hello-world", code: 2, says: "give an absolute path" },
])("$what ends with $code and a clear message", async ({ folder, code, says }) => {
  const box = await openBox();
  await box.write({ "empty/.keep": "" });
  await box.inVolumes("true");
  const path = folder.startsWith(".") ? folder : join(box.home, folder);
  const result = await box.compose(UP, { WORKFLOW_DIR: path, ...REPLAY_ONCE });
  expect(result).toMatchObject({ code, output: expect.stringContaining(says) });
});

test("a workflow that the runner's user may not read is named, with the way out", async () => {
  const box = await openBox();
  await box.write({ "it's mine/workflow.yaml": "name: any\n", "it's mine/replay.yaml": "{}\n" });
  const folder = join(box.home, "it's mine");
  // Where the tests run as that very user, nothing of theirs is closed to it.
  await mustRun("chmod", ["-R", process.getuid?.() === 1000 ? "a-r" : "go=", folder]);
  const result = await box.compose(UP, { WORKFLOW_DIR: folder, ...REPLAY_ONCE });
  const wayOut = String.raw`chmod -R a+rX '${box.home}/it'\''s mine'`;
  expect(result).toMatchObject({ code: 2, output: expect.stringContaining(wayOut) });
});

test("a volume that cannot be written ends with 3 and names it", async () => {
  const box = await openBox();
  await box.write({
    "override.yaml": "services: { longhaul: { volumes: [ 'agent-state:/agent-state:ro' ] } }\n",
  });
  const files = ["-f", join(CHECKOUT, "compose.yaml"), "-f", join(box.home, "override.yaml")];
  const result = await box.compose([...files, ...UP], { WORKFLOW_DIR: HELLO_WORLD, ...REPLAY_ONCE });
  expect(result).toMatchObject({ code: 3, output: expect.stringContaining("/agent-state is not writable") });
});

test("every knob that the pages name is passed on", async () => {
  const pages = ["recovery.md", "backends.md", "running-unattended.md"].map((page) =>
    join(CHECKOUT, "docs", page),
  );
  const texts = await Promise.all(pages.map((page) => readFile(page, "utf8")));
  const knobs = new Set(texts.join("\n").match(/\bAGENT_[A-Z_]+[A-Z]\b/g));
  knobs.delete("AGENT_RUNS_DIR"); // a volume here
  const compose = await readFile(join(CHECKOUT, "compose.yaml"), "utf8");
  expect(knobs.size).toBeGreaterThan(15);
  expect([...knobs].filter((knob) => !compose.includes(`      ${knob}:\n`))).toEqual([]);
});

test("a missing WORKFLOW_DIR is said before anything starts, and no folder is made for it", async () => {
  const box = await openBox();
  const none = await box.compose(UP);
  expect(none.code).not.toBe(0);
  expect(none.stderr).toContain("set WORKFLOW_DIR to the absolute path");
  const missing = await box.compose(UP, { WORKFLOW_DIR: join(box.home, "absent") });
  expect(missing.code).not.toBe(0);
  expect(missing.output).toContain("absent");
});
