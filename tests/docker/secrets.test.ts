/** Where secrets must not be: values that are recognised anywhere are planted, and everything is searched for them. */
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { writeLoginFile } from "../support/cli-environment.ts";
import { structured, toolCall } from "../support/model-server/script.ts";
import { openBox } from "./support/box.ts";
import { expectExit, mustRun, run } from "./support/command.ts";
import { CHECKOUT } from "./support/image.ts";
import { readRun } from "./support/run-record.ts";
import { startScriptedModel } from "./support/scripted-model.ts";

const PASSED_ON = "canary-passed-on-0123456789";
const LOGIN = "canary-login-file-0123456789";
const ELSEWHERE = "canary-elsewhere-0123456789";
const ALL = [PASSED_ON, LOGIN, ELSEWHERE];
const CANARY = "canary-(passed|login|else)";
const found = (text: string) => ALL.filter((canary) => text.includes(canary));

/** What the Dockerfile takes, as in a checkout. */
const CONTEXT = [
  "Dockerfile .dockerignore compose.yaml entrypoint.sh run.sh src workflows tests/clis/package.json",
  "tests/clis/package-lock.json package.json package-lock.json tsconfig.json",
].flatMap((line) => line.split(" "));

test("an image built with secrets around it has none in any layer, nor in what it says of itself", async () => {
  const box = await openBox();
  const checkout = join(box.home, "checkout");
  for (const path of CONTEXT) await cp(join(CHECKOUT, path), join(checkout, path), { recursive: true });
  await box.write({
    "checkout/.env": `ANTHROPIC_API_KEY=${PASSED_ON}\n`,
    "checkout/notes.txt": ELSEWHERE,
    "checkout/tests/clis/.npmrc": `//registry.example.com/:_authToken=${ELSEWHERE}\n`,
  });
  await writeLoginFile({ cli: "claude", home: box.home, credential: LOGIN });
  const image = "longhaul:test-secrets";
  onTestFinished(() => run("docker", ["rmi", "-f", image]).then(() => undefined));
  const built = await run(join(checkout, "run.sh"), ["--build", "status"], {
    env: { ...box.env, LONGHAUL_IMAGE: image, GH_TOKEN: PASSED_ON, REPO_TOKEN: ELSEWHERE },
  });
  expectExit(built, 0);
  const said = [
    await mustRun("docker", ["history", "--no-trunc", image]),
    await mustRun("docker", ["image", "inspect", image]),
    built.output,
  ];
  expect(found(said.join("\n"))).toEqual([]);
  const inLayers = (text: string) =>
    mustRun("sh", ["-c", `docker save ${image} | grep -acE '${text}' || true`]);
  expect(Number(await inLayers("Stands over the runner inside the container"))).toBeGreaterThan(0);
  expect(await inLayers(CANARY)).toBe("0");
});

const TELL_ALL = "env; cat ~/.claude/.credentials.json ~/.codex/auth.json; env | base64 -w 0";

test("an agent and a script that print every secret leave none in artifacts, logs or the container's record", async () => {
  const box = await openBox();
  await box.write({
    ".codex/auth.json": JSON.stringify({ tokens: { access_token: LOGIN } }),
    "flow/workflow.yaml": `name: flow
start: ask
nodes:
  - { id: ask, type: agent, prompt: ask.md, outputs: [{ key: greeting }], next: tell }
  - { id: tell, type: script, script: tell.sh, outputs: [{ key: told }], next: done }
  - { id: done, type: terminal }
`,
    "flow/ask.md": "Greet.\n",
    "flow/tell.sh": `{ ${TELL_ALL}; } >&2\nprintf '{"told": "%s"}' "$GH_TOKEN $(cat ~/.codex/auth.json | tr -d '"')"\n`,
  });
  const { env } = await startScriptedModel(box, {
    cli: "claude",
    script: [toolCall(TELL_ALL), structured({ greeting: `The token is ${PASSED_ON}, the login ${LOGIN}.` })],
  });
  const shown = await box.runSh(["flow", "--cli", "claude", "--detach"], {
    ...env,
    GH_TOKEN: PASSED_ON,
    REPO_TOKEN: ELSEWHERE,
  });
  const followed = await box.runSh(["flow", "--logs"]);
  expect((await readRun(box, "flow-default")).run).toMatchObject({ exit_code: 0 });
  expect(found(shown.output + followed.output)).toEqual([]);

  const [container = ""] = await box.containers();
  expect(found(await mustRun("docker", ["logs", container]))).toEqual([]);
  const record = await mustRun("docker", ["inspect", container]);
  expect(found(record)).toEqual([PASSED_ON]); // as Compose passes it on; docs/docker.md says so
  expect(record.split(PASSED_ON)).toHaveLength(2);

  const holders = `grep -rlE '${CANARY}' /runs /workspace || true`;
  expect(await box.inVolumes(holders)).toBe("");
  expect(await box.inVolumes("grep -rlF '[redacted]' /runs | wc -l")).not.toBe("0");
  const lent = await mustRun("docker", ["exec", container, "sh", "-c", "ls -A /tmp/longhaul-lent"]);
  expect(lent).toBe("");
});
