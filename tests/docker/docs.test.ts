/** Runs every command of docs/docker.md, block by block, in a copy of what a user has. */
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openBox } from "./support/box.ts";
import { expectExit, mustRun, run } from "./support/command.ts";
import { CHECKOUT, TEST_IMAGE, copyCheckout } from "./support/image.ts";

test("docs/docker.md", async () => {
  const box = await openBox();
  const checkout = join(box.home, "checkout");
  await copyCheckout(checkout);
  await cp(join(CHECKOUT, "workflows/hello-world"), join(checkout, "my-workflow"), { recursive: true });
  const page = await readFile(join(CHECKOUT, "docs/docker.md"), "utf8");
  await box.write({
    "checkout/additions.yaml": fenced(page, "yaml")[0] ?? "",
    "checkout/my-workflow/workflow.yaml": await namedMyWorkflow(),
  });
  const image = `${box.volumes}:docs`;
  await mustRun("docker", ["tag", TEST_IMAGE, image]);
  const env = { ...box.env, LONGHAUL_IMAGE: image, COMPOSE_PROJECT_NAME: box.volumes, AGENT_CLI: "replay" };
  const blocks = fenced(page, "sh");
  expect(blocks.length).toBeGreaterThan(8);
  for (const block of blocks) {
    const command = ownNames(block, { volumes: box.volumes, image });
    const result = await run("bash", ["-euo", "pipefail", "-c", command], { env, cwd: checkout });
    expectExit({ ...result, output: `${command}\n${result.output}` }, 0);
  }
  await mustRun("docker", ["rmi", "-f", image]);
});

const fenced = (page: string, language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map(([, block = ""]) => block);

/** The page names the default volumes and image, which belong to whoever runs the tests. */
const ownNames = (block: string, own: { readonly volumes: string; readonly image: string }): string =>
  block
    .replaceAll("longhaul:latest", own.image)
    .replaceAll(/longhaul-(runs|workspace|agent-state|trial)/g, `${own.volumes}-$1`);

const namedMyWorkflow = async (): Promise<string> =>
  (await readFile(join(CHECKOUT, "workflows/hello-world/workflow.yaml"), "utf8")).replace(/^name: .*$/m, "");
