import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { calls } from "../support/in-process.ts";
import { createScene } from "../support/longhaul.ts";
import { openRunDirectory } from "../support/run-directory.ts";
import { walkWorkflow } from "../support/walk-workflow.ts";

const TOOL = "#!/usr/bin/env bash\necho tool version 1.5.2\n";

describe("what a workflow requires", () => {
  it("is looked for before the first step, all of it at once, and again at the next start", async () => {
    const scene = createScene();
    const files = walkWorkflow("walk");
    const requires =
      'requires: [{ cmd: bash }, { cmd: tool, version: ">=1.6" }, { cmd: no-such-tool }, { env: NO_SUCH_NAME }, { cmd: nice-to-have, optional: true }]\n';
    scene.write({
      ...files,
      "walk/workflow.yaml": requires + (files["walk/workflow.yaml"] ?? ""),
      "bin/tool": TOOL,
    });
    const env = { PATH: `${scene.path("bin")}:${process.env["PATH"] ?? ""}` };
    const refused = await calls(scene, 3, ["run", "walk"], env);
    expect(refused.stderr).toContain(
      `stopped (exit 3): The environment is not ready. tool is 1.5.2, at ${scene.path("bin/tool")}: install tool >=1.6. The command no-such-tool is not on PATH: install no-such-tool. The variable NO_SUCH_NAME is not set: export it, or pass it to the container.`,
    );
    expect(refused.stderr).toContain(
      "warning: Optional and missing: The command nice-to-have is not on PATH: install nice-to-have.",
    );
    const run = () => openRunDirectory(join(scene.runs, "walk-default"));
    expect(run().json("run.json")).toMatchObject({ status: "stopped", exit_code: 3, totals: { steps: 0 } });
    await calls(scene, 3, ["run", "walk"], { ...env, NO_SUCH_NAME: "1" });
    expect(scene.ledger()).toEqual([]);
    scene.write({ "bin/tool": TOOL.replace("1.5", "1.6"), "bin/no-such-tool": TOOL });
    await calls(scene, 6, ["run", "walk"], { ...env, NO_SUCH_NAME: "1", FAIL_AT: "second" });
    await calls(scene, 0, ["run", "walk"]);
    expect(run().ofType("warning")).toHaveLength(3);
  });

  it("includes the agents' command line, unless no agent is asked or answers are replayed", async () => {
    const scene = createScene();
    scene.write({
      ...walkWorkflow("walk"),
      "ask/workflow.yaml":
        "name: ask\nstart: ask\nnodes: [{ id: ask, type: agent, prompt: ask.md, next: end }, { id: end, type: terminal }]\n",
      "ask/ask.md": "Say OK.",
      "ask/replay.yaml": "answers: { ask: [{ text: OK }] }\n",
    });
    const env = { PATH: "/usr/bin:/bin" };
    const refused = await calls(scene, 3, ["run", "ask", "--cli", "copilot"], env);
    expect(refused.stderr).toContain(
      "The command copilot is not on PATH: install it with `npm install --global @github/copilot`, or choose another --cli.",
    );
    await calls(scene, 0, ["run", "walk", "--cli", "copilot"], env);
  });
});
