/** The image: what is in it, how large it is, and that an edit does not rebuild all of it. */
import { randomUUID } from "node:crypto";
import { appendFile, cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { expectExit, mustRun, run } from "./support/command.ts";
import { CHECKOUT, TEST_IMAGE, buildImage, imageSizeMb } from "./support/image.ts";

beforeAll(buildImage);

const inImage = (image: string, script: string) =>
  mustRun("docker", ["run", "--rm", "--entrypoint", "sh", image, "-c", script]);

test("has the pinned command lines and the tools that agents expect, and says its size", async () => {
  const versions = await inImage(
    TEST_IMAGE,
    "claude --version; codex --version; copilot --version | head -n 1",
  );
  expect(versions).toBe("2.1.197 (Claude Code)\ncodex-cli 0.169.0\nGitHub Copilot CLI 1.0.102.");
  const tools =
    "for tool in git ssh rg jq python3 tini gosu node longhaul; do command -v $tool || exit 1; done";
  expect((await inImage(TEST_IMAGE, tools)).split("\n")).toHaveLength(9);
  process.stdout.write(`image size: ${await imageSizeMb(TEST_IMAGE)} MB\n`);
});

test("carries version and revision labels, and no source, tests or development dependencies", async () => {
  const label = '{{index .Config.Labels "org.opencontainers.image.version"}}';
  const version = await mustRun("docker", ["image", "inspect", "--format", label, TEST_IMAGE]);
  expect(version).toBe(await inImage(TEST_IMAGE, "jq -r .version /opt/longhaul/package.json"));
  const found = await inImage(
    TEST_IMAGE,
    "cd /opt/longhaul && ls; ls node_modules | grep -xE 'typescript|vitest' || true",
  );
  expect(found.split("\n")).toEqual([
    "bin",
    "dist",
    "entrypoint.sh",
    "lent-files",
    "node_modules",
    "package.json",
  ]);
});

test("command lines can be left out, for a much smaller image", async () => {
  const image = "longhaul:test-without-clis";
  await mustRun("docker", ["build", "--build-arg", "CLIS=", "-t", image, CHECKOUT]);
  onTestFinished(() => run("docker", ["rmi", image]).then(() => undefined));
  expect(await inImage(image, "command -v claude codex copilot || echo none")).toBe("none");
  const [full, small] = [await imageSizeMb(TEST_IMAGE), await imageSizeMb(image)];
  process.stdout.write(`image size without command lines: ${small} MB\n`);
  expect(full - small).toBeGreaterThan(500);
});

test("an edit of the source reuses every layer that installs something", async () => {
  const context = await mkdtemp(join(tmpdir(), "longhaul-context-"));
  onTestFinished(() => rm(context, { recursive: true }));
  const files = ["Dockerfile", ".dockerignore", "package.json", "package-lock.json", "tsconfig.json"];
  for (const file of [...files, "src", "entrypoint.sh"])
    await cp(join(CHECKOUT, file), join(context, file), { recursive: true });
  for (const file of ["package.json", "package-lock.json"])
    await cp(join(CHECKOUT, "tests/clis", file), join(context, "tests/clis", file));
  await appendFile(join(context, "src/main.ts"), `// edited ${randomUUID()}\n`); // no build before had this one
  const build = await run("docker", ["build", "--progress", "plain", context]);
  expectExit(build, 0);
  expect(rebuilt(build.output)).toEqual(["RUN npm run build"]);
});

/** RUN steps of the first three stages and of apt that were carried out rather than taken from the cache. */
function rebuilt(buildOutput: string): readonly string[] {
  const steps = [...buildOutput.matchAll(/^#(\d+) \[[^\]]*\] (RUN (?:apt-get|npm|set).*)$/gm)];
  return steps
    .filter(([, number]) => !new RegExp(`^#${number} CACHED$`, "m").test(buildOutput))
    .map(([, , step = ""]) => step);
}
