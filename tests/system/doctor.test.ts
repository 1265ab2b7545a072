import { describe, expect, it } from "vitest";
import { calls } from "../support/in-process.ts";
import { createScene } from "../support/longhaul.ts";

const ASK =
  "start: ask\nnodes: [{ id: ask, type: agent, prompt: ask.md, next: end }, { id: end, type: terminal }]\n";
const version = (name: string) => `#!/bin/sh\necho ${name} 2.1.0\n`;

interface Report {
  readonly findings: readonly { readonly level: string; readonly about: string; readonly says: string }[];
}
const levels = (stdout: string) =>
  // The command's own JSON; what it holds is what is tested.
  Object.fromEntries((JSON.parse(stdout) as Report).findings.map(({ about, level }) => [about, level]));

describe("longhaul doctor", () => {
  it("tells on a bare machine what is missing and how to get it", async () => {
    const scene = createScene();
    const env = { PATH: scene.path("nothing") };
    const ended = await calls(scene, 0, ["doctor"], env);
    expect(ended.stdout).toContain("warning  git: not on PATH\n         -> apt-get install git");
    expect(ended.stdout).toContain(
      "warning  claude: not on PATH\n         -> npm install --global @anthropic-ai/claude-code",
    );
    expect(ended.stdout).toContain(`ok       node: ${process.versions.node}`);
  });

  it("names the engine and the volumes of Docker, by the names that run.sh gives them", async () => {
    const scene = createScene();
    const answers = "case $1 in version) echo 28.1 ;; volume) echo mine-runs; echo other-runs ;; esac\n";
    scene.write({ "bin/docker": `#!/bin/sh\n${answers}` });
    const env = { PATH: scene.path("bin"), LONGHAUL_VOLUMES: "mine" };
    const { stdout } = await calls(scene, 0, ["doctor"], env);
    expect(stdout).toContain("ok       docker: engine 28.1\n");
    expect(stdout).toContain("ok       docker volumes: mine-runs; ./run.sh doctor checks them\n");
    const none = await calls(scene, 0, ["doctor"], { ...env, LONGHAUL_VOLUMES: "none" });
    expect(none.stdout).toContain(
      "ok       docker volumes: none called none-... yet; the first start creates them\n",
    );
  });

  it("finds programs, logins and what a workflow requires", async () => {
    const scene = createScene();
    scene.write({
      "ask/workflow.yaml": `requires: [{ cmd: tool, version: ">=3" }, { env: NICE, optional: true }]\n${ASK}`,
      "ask/ask.md": "Say OK.",
      "bin/claude": version("claude"),
      "bin/codex": version("codex"),
      "bin/tool": version("tool"),
    });
    const env = { PATH: scene.path("bin"), CODEX_API_KEY: "sk-0123456789" };
    const refused = await calls(scene, 3, ["doctor", "ask", "--json"], env);
    expect(levels(refused.stdout)).toMatchObject({
      node: "ok",
      claude: "ok",
      "claude login": "warning",
      "codex login": "ok",
      copilot: "warning",
      "required: tool": "error",
      "required: NICE": "warning",
    });
    expect(refused.stdout).not.toContain("sk-0123456789");
    scene.write({ "bin/tool": version("tool 3.0 of") });
    await calls(scene, 0, ["doctor", "ask"], env);
    await calls(scene, 3, ["doctor", "ask", "--cli", "copilot"], env);
    await calls(scene, 3, ["doctor"], { ...env, AGENT_MIN_FREE_DISK_MB: "999999999999" });
  });
});
