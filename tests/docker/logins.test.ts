/** What the entrypoint does with the host's logins and settings, seen from inside, through compose. */
import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Box, openBox } from "./support/box.ts";
import { expectExit } from "./support/command.ts";

const HOST_LOGIN = ".claude/.credentials.json";
const seconds = (isoTime: string) => new Date(isoTime).getTime() / 1000;

async function openBoxWithHost(): Promise<Box> {
  const box = await openBox();
  await box.write({
    "workflow/workflow.yaml": "name: any\n",
    [HOST_LOGIN]: '{"token":"first"}',
    ".claude/settings.json": '{"model":"one"}',
    ".codex/auth.json": '{"tokens":"codex"}',
    ".codex/config.toml": 'model = "one"\n',
    ".codex/fast.config.toml": 'model = "fast"\n',
    ".copilot/config.json": '{"copilot_tokens":"copilot"}',
    ".aws/config": "[profile bedrock]\n",
  });
  return box;
}

/** Starts a container as compose does and runs a shell command in it as the agent would. */
async function inside(box: Box, script: string, env: Readonly<Record<string, string>> = {}) {
  const folders = Object.entries({ CLAUDE: ".claude", CODEX: ".codex", COPILOT: ".copilot", AWS: ".aws" });
  const mounts = Object.fromEntries(folders.map(([cli, name]) => [`HOST_${cli}_DIR`, join(box.home, name)]));
  const all = { WORKFLOW_DIR: join(box.home, "workflow"), ...mounts, ...env };
  const result = await box.compose(["run", "--rm", "-T", "longhaul", "sh", "-c", script], all);
  expectExit(result, 0);
  const { stdout, stderr } = result;
  const said = stderr.split("\n").filter((line) => line.startsWith("longhaul: "));
  return { stdout: stdout.trimEnd(), said: said.map((line) => line.slice("longhaul: ".length)) };
}

test("a login is copied once; then the volume's lives its own life unless the host's is newer", async () => {
  const box = await openBoxWithHost();
  const look = "cat ~/.claude/.credentials.json";
  const first = await inside(box, `${look}; stat -c ' %U %a' ~/.claude/.credentials.json`);
  expect(first.stdout).toBe('{"token":"first"} node 600');
  expect(first.said).toEqual([
    "claude: login copied from the host",
    "codex: login copied from the host",
    "copilot: login copied from the host",
  ]);

  // As a CLI that rotates its login.
  await inside(box, `echo '{"token":"rotated"}' > ~/.claude/.credentials.json`);
  expect(await inside(box, look)).toEqual({ stdout: '{"token":"rotated"}', said: [] });

  await box.write({ [HOST_LOGIN]: '{"token":"other"}' });
  await utimes(join(box.home, HOST_LOGIN), seconds("2020-01-01"), seconds("2020-01-01"));
  const older = await inside(box, look);
  expect(older.stdout).toBe('{"token":"rotated"}');
  expect(older.said).toEqual([
    expect.stringContaining("claude: the host's login changed, but the volume holds a newer one: kept."),
  ]);

  const nextYear = seconds(`${new Date().getFullYear() + 1}-01-01`);
  await box.write({ [HOST_LOGIN]: '{"token":"new login"}' });
  await utimes(join(box.home, HOST_LOGIN), nextYear, nextYear);
  const newer = await inside(box, look);
  expect(newer.stdout).toBe('{"token":"new login"}');
  expect(newer.said).toEqual([
    "claude: the host's login changed and is newer than the one in the volume: taken",
  ]);
  expect((await inside(box, look)).said).toEqual([]);
});

test("an explicit token wins over the host's login", async () => {
  const box = await openBoxWithHost();
  const script =
    "ls ~/.claude/.credentials.json 2>/dev/null || echo not copied; echo $CLAUDE_CODE_OAUTH_TOKEN";
  const { stdout, said } = await inside(box, script, { CLAUDE_CODE_OAUTH_TOKEN: "explicit" });
  expect(stdout).toBe("not copied\nexplicit");
  expect(said).toContain("claude: CLAUDE_CODE_OAUTH_TOKEN is set and wins over the host's login");
});

test("settings follow the host at each start, and first-start questions are answered", async () => {
  const box = await openBoxWithHost();
  const settings = "cd; cat .claude/settings.json .codex/config.toml .codex/fast.config.toml .aws/config";
  expect((await inside(box, settings)).stdout).toBe(
    '{"model":"one"}model = "one"\nmodel = "fast"\n[profile bedrock]',
  );
  await box.write({ ".claude/settings.json": '{"model":"two"}', ".codex/fast.config.toml": "# changed\n" });
  expect((await inside(box, settings)).stdout).toBe(
    '{"model":"two"}model = "one"\n# changed\n[profile bedrock]',
  );
  expect((await inside(box, "jq .hasCompletedOnboarding ~/.claude.json")).stdout).toBe("true");
});

test("without any login on the host nothing is copied and nothing is created there", async () => {
  const box = await openBox();
  await box.write({ "flow/workflow.yaml": "name: any\n" });
  const result = await box.runSh(["flow", "--cli", "codex"]);
  expect(result).toMatchObject({
    code: 3,
    stderr: expect.stringContaining("no login for codex. Run `codex login` once on the host"),
  });
  expect(await box.containers()).toEqual([]);
  expect((await box.runSh(["flow", "--shell"], { HOME: box.home })).code).toBe(0);
  await expect(utimes(join(box.home, ".claude"), 0, 0)).rejects.toThrow("ENOENT");
});
