/** Where secrets must not be: values that are recognised anywhere are planted, and everything is searched for them. */
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { writeLoginFile } from "../support/cli-environment.ts";
import { structured, toolCall } from "../support/model-server/script.ts";
import { openBox } from "./support/box.ts";
import { expectExit, mustRun, run } from "./support/command.ts";
import { copyCheckout } from "./support/image.ts";
import { readRun } from "./support/run-record.ts";
import { recordFault } from "../support/fault-matrix.ts";
import { startScriptedModel } from "./support/scripted-model.ts";

const PASSED_ON = "canary-passed-on-0123456789";
const LOGIN = "canary-login-file-0123456789";
const ELSEWHERE = "canary-elsewhere-0123456789";
const ALL = [PASSED_ON, LOGIN, ELSEWHERE];
const CANARY = "canary-(passed|login|else)";
const found = (text: string) => ALL.filter((canary) => text.includes(canary));

test("an image built with secrets around it has none in any layer, nor in what it says of itself", async () => {
  const box = await openBox();
  const checkout = join(box.home, "checkout");
  await copyCheckout(checkout);
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
  expect(Number(await inLayers("First process of the container"))).toBeGreaterThan(0);
  expect(await inLayers(CANARY)).toBe("0");
});

const TELL_ALL = "env; cat ~/.claude/.credentials.json ~/.codex/auth.json; env | base64 -w 0";

test("an agent and a script that print every secret leave none in artifacts, logs or the container's record", async ({
  task,
}) => {
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

  const holders = `grep -rlE '${CANARY}' /runs /workspace`;
  expect(await box.inVolumes(`${holders} || true`)).toBe("");
  const redacted = await box.inVolumes("grep -rlF '[redacted]' /runs | wc -l");
  expect(redacted).not.toBe("0");
  const lent = await mustRun("docker", ["exec", container, "sh", "-c", "ls -A /tmp/longhaul-lent"]);
  expect(lent).toBe("");

  recordFault(task, {
    promise: 5,
    fault: "an agent and a script print every secret they can read",
    how: "plain and in base64, in a tool call, an answer, an output and on stderr; tokens by variable and login files",
    injected: 2,
    found: {
      "files of the run that hold one": await box.inVolumes(`${holders} | wc -l`),
      "lines of the container's log that hold one": found(await mustRun("docker", ["logs", container]))
        .length,
      "files with redacted places": redacted,
    },
    outcome: "the run finished; [redacted] stands in their place, and what was not passed on is nowhere",
  });
});
