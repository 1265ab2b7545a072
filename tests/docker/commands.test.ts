/** The commands of Longhaul through run.sh, each in a short-lived container on the volumes. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openBox } from "./support/box.ts";
import { expectExit, mustRun } from "./support/command.ts";
import { CHECKOUT, TEST_IMAGE } from "./support/image.ts";

/** As the command itself lists them. */
async function commandNames(): Promise<readonly string[]> {
  const help = await mustRun("docker", ["run", "--rm", "--entrypoint", "longhaul", TEST_IMAGE, "--help"]);
  return [...help.matchAll(/^ {2}([a-z]+)(?: \[| {2,}|$)/gm)].map(([, name = ""]) => name);
}

test("every command that the runner has is one of run.sh", async () => {
  const box = await openBox();
  const names = await commandNames();
  expect(names).toEqual(expect.arrayContaining(["run", "status", "report", "clean", "help"]));
  const others = names.filter((name) => name !== "help");
  const helps = await Promise.all(others.map((name) => box.runSh([name, "--help"])));
  for (const [index, name] of others.entries())
    expect(helps[index]?.stdout).toContain(`Usage: longhaul ${name} `);
});

test("workflows and files of the host go in, and what a command writes comes back", async () => {
  const box = await openBox();
  await box.write({
    "my flows/broken/workflow.yaml": "start: nowhere\nnodes: [{ id: end, type: terminal }]\n",
    "recorded.jsonl": "{}\n",
    greet: "a file that is called as a step\n",
  });
  expectExit(await box.runSh(["hello-world", "--cli", "replay"]), 0);
  expectExit(await box.runSh(["copy", "hello-world-default", "copies"]), 0);
  await mustRun("chmod", ["-R", "a+rX", join(box.home, "copies")]);
  const fine = [
    { args: ["status", "hello-world"], says: "hello-world-default  finished (0)" },
    { args: ["show", "hello-world-default", "greet"], says: "Hello, world" },
    { args: ["show", "./copies/hello-world-default"], says: "hello-world-default  finished (0)" },
    { args: ["logs", "hello-world-default"], says: "reached done (terminal)" },
    { args: ["validate", "hello-world"], says: "hello-world: valid" },
    { args: ["validate", join(CHECKOUT, "workflows/hello-world/workflow.yaml")], says: "hello-world: valid" },
    { args: ["classify", "--cli", "claude", "recorded.jsonl"], says: "verdict:" },
    { args: ["graph", "hello-world", "--run", "hello-world-default"], says: "1 visit" },
  ];
  for (const { args, says } of fine)
    expect(await box.runSh(args)).toMatchObject({ code: 0, stdout: expect.stringContaining(says) });

  expectExit(await box.runSh(["report", "hello-world-default"]), 0);
  expect(await readFile(join(box.home, "hello-world-default.html"), "utf8")).toMatch(/<\/html>\s*$/);
  expectExit(await box.runSh(["graph", "hello-world", "--format", "svg", "--out", "my flows/it.svg"]), 0);
  expect(await readFile(join(box.home, "my flows/it.svg"), "utf8")).toMatch(/<\/svg>\s*$/);

  const wrong = [
    { args: ["validate", "my flows/broken"], says: "nowhere" },
    { args: ["validate", "absent"], says: "no workflow at absent" },
    { args: ["report", "absent", "--out", "absent.html"], says: "no run absent" },
    { args: ["report", "hello-world-default", "--out", "absent/it.html"], says: "no such folder: absent" },
    { args: ["status", "--runs-dir", "/elsewhere"], says: "works with --local" },
    { args: ["hello-world", "--cli", "replay", "--replay", "./copies"], says: "is a directory" },
  ];
  for (const { args, says } of wrong)
    expect(await box.runSh(args)).toMatchObject({ code: 2, output: expect.stringContaining(says) });
  await expect(readFile(join(box.home, "absent.html"))).rejects.toThrow("ENOENT");
});
