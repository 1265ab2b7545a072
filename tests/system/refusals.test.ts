import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { createScene, MAIN } from "../support/longhaul.ts";
import { STACK_TRACE } from "../support/refusal.ts";

/** What is refused, and in which words, is shown by tests/unit/cli/bad-command-lines.test.ts without a process. */
it.each([
  ["by the parser", ["run", "good", "--quite"], "unknown option '--quite'"],
  ["by a command", ["run", "nowhere"], "nowhere"],
  ["for whoever reads JSON", ["status", "--runs-dir", "absent", "--json"], "absent"],
])(
  "a refusal %s reaches the shell: exit code 2, the reason on stderr, nothing on stdout",
  async (_by, args, reason) => {
    const ended = await createScene().exits(2, args);
    expect(ended.stderr).toContain(reason);
    expect(ended.stderr).not.toMatch(STACK_TRACE);
    expect(ended.stdout).toBe("");
  },
);

it("a refusal names the host's path of what the container sees under another", async () => {
  const scene = createScene();
  const env = { LONGHAUL_WORKFLOW_HOST_PATH: "/home/me/flows/bad" };
  const { stderr } = await scene.exits(2, ["run", "/workflow"], { env });
  expect(stderr).toContain("there is no workflow at /home/me/flows/bad");
});

it("a working directory that was removed is no bug of ours", () => {
  const { root } = createScene();
  const script = 'mkdir gone && cd gone && rmdir ../gone && exec "$0" "$1" status --runs-dir runs';
  const ended = spawnSync("bash", ["-c", script, process.execPath, MAIN], { cwd: root, encoding: "utf8" });
  expect(ended.stderr).toContain("the current directory no longer exists");
  expect(ended.stderr).not.toMatch(STACK_TRACE);
  expect(ended.status).toBe(2);
});
