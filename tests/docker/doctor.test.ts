/** `./run.sh doctor`: what the host and the container show of what runs need. */
import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Box, openBox } from "./support/box.ts";
import { expectExit, mustRun } from "./support/command.ts";

interface Finding {
  readonly level: string;
  readonly about: string;
  readonly says: string;
  readonly mend?: string;
}

interface Asked {
  readonly code?: number;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

async function doctor(box: Box, { code = 0, args = [], env = {} }: Asked = {}) {
  const result = await box.runSh(["doctor", ...args, "--json"], env);
  expectExit(result, code);
  const { findings } = JSON.parse(result.stdout) as { readonly findings: readonly Finding[] }; // as documented
  return (about: string) => findings.find((finding) => finding.about === about);
}

const volumeNames = (box: Box) =>
  mustRun("docker", ["volume", "ls", "-q", "--filter", `name=${box.volumes}`]);

test("volumes are looked into, and not made by looking", async () => {
  const box = await openBox();
  const before = await doctor(box);
  expect(before("docker")).toMatchObject({ level: "ok", says: expect.stringContaining("engine ") });
  expect(before("docker compose")).toMatchObject({ level: "ok" });
  const name = `volume ${box.volumes}-runs`;
  expect(before(name)).toMatchObject({ level: "ok", says: "not made yet; the first start makes it" });
  expect(await volumeNames(box)).toBe("");

  await box.inVolumes("head -c 3000000 /dev/urandom > /runs/large");
  const made = await doctor(box, { env: { LONGHAUL_MEMORY: "1g" } });
  expect(made(name)).toMatchObject({
    level: "ok",
    says: expect.stringMatching(/^writable, 3 MB used, \d+ MB free at \/runs$/),
  });
  expect(made("memory")).toMatchObject({ level: "warning", says: "1024 MB" });
  const full = await doctor(box, { code: 3, env: { AGENT_MIN_FREE_DISK_MB: "999999999999" } });
  expect(full(name)).toMatchObject({ level: "error", mend: expect.stringContaining("free space") });
});

test("what another user left in a volume is named, with the command that mends it", async () => {
  const box = await openBox();
  await box.inVolumes("true");
  const asRoot = ["run", "--rm", "--user", "root", "-v", `${box.volumes}-workspace:/workspace`];
  await mustRun("docker", [...asRoot, "--entrypoint", "mkdir", "longhaul:test", "/workspace/roots"]);
  const finding = (await doctor(box, { code: 3 }))(`volume ${box.volumes}-workspace`);
  expect(finding).toMatchObject({
    level: "error",
    says: "/workspace/roots is not writable for node (uid 1000)",
  });
  await mustRun("sh", ["-c", finding?.mend ?? "false"]);
  expect((await doctor(box))(`volume ${box.volumes}-workspace`)).toMatchObject({ level: "ok" });
});

const HOST_LOGIN = ".codex/auth.json";
const login = (token: string) => JSON.stringify({ tokens: { access_token: token } });
/** A start that ends before its first step, after the logins were seeded. */
const seed = (box: Box) => box.runSh(["flow", "--cli", "claude"]);

test("logins: by variable, on the host alone, copied, and changed on the host since", async () => {
  const box = await openBox();
  await box.write({ [HOST_LOGIN]: login("first-access-token"), "flow/workflow.yaml": "name: any\n" });
  const unseeded = await doctor(box, { env: { CLAUDE_CODE_OAUTH_TOKEN: "canary-0123456789" } });
  expect(unseeded("claude login")).toMatchObject({ level: "ok", says: "by CLAUDE_CODE_OAUTH_TOKEN" });
  expect(unseeded("codex login")).toMatchObject({
    level: "ok",
    says: `in ${join(box.home, HOST_LOGIN)} of this host; the next start copies it into the volume`,
  });
  expect(unseeded("copilot login")).toMatchObject({ level: "warning", says: "none found" });

  expectExit(await seed(box), 3);
  expect((await doctor(box))("codex login")).toEqual({
    level: "ok",
    about: "codex login",
    says: "in /agent-state/.codex/auth.json",
  });

  await box.write({ [HOST_LOGIN]: login("second-access-token") });
  const newer = (await doctor(box))("codex login");
  expect(newer).toMatchObject({ level: "ok", says: expect.stringContaining("the next start copies it") });
  await utimes(join(box.home, HOST_LOGIN), 0, 0);
  const stale = (await doctor(box))("codex login");
  expect(stale).toMatchObject({
    level: "warning",
    says: expect.stringContaining("is older, so it is not copied"),
  });

  await mustRun("sh", ["-c", /docker run .*$/.exec(stale?.mend ?? "")?.[0] ?? "false"]);
  expectExit(await seed(box), 3);
  expect(await box.inVolumes("cat /agent-state/.codex/auth.json")).toBe(login("second-access-token"));
});

test("without an engine or an image it says so, and what a workflow requires is looked for inside", async () => {
  const box = await openBox();
  const away = await doctor(box, { code: 3, env: { DOCKER_HOST: "unix:///nowhere" } });
  expect(away("docker")).toMatchObject({ level: "error", mend: expect.stringContaining("start Docker") });
  const unbuilt = await box.runSh(["doctor"], { LONGHAUL_IMAGE: "longhaul:test-absent" });
  expect(unbuilt).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /^warning {2}image: longhaul:test-absent is not built.*\n {9}-> .*--build doctor$/m,
    ),
  });

  await box.write({
    "my flow/workflow.yaml":
      "requires: [{ cmd: git }, { cmd: cobc }]\nstart: end\nnodes: [{ id: end, type: terminal }]\n",
  });
  const required = await doctor(box, { code: 3, args: ["my flow"] });
  expect(required("required: git")).toMatchObject({ level: "ok" });
  expect(required("required: cobc")).toMatchObject({ level: "error" });
});
