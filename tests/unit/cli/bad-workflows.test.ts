import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Scene } from "../../support/longhaul.ts";
import { refusalProblems } from "../../support/refusal.ts";

const header = (node: string): string =>
  `name: bad\nstart: go\nnodes:\n  - ${node}\n  - { id: done, type: terminal }\n`;
const bomb = `a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n${Array.from({ length: 9 }, (_, level) => `a${level + 1}: &a${level + 1} [${Array(10).fill(`*a${level}`).join(", ")}]`).join("\n")}\n`;

describe("a workflow file that cannot run", () => {
  it.each<readonly [string, string, readonly string[]]>([
    ["is empty", "", ["workflow.yaml"]],
    ["is a list", "- 1\n", ["workflow.yaml"]],
    ["is no YAML", "name: [bad\n", ["workflow.yaml:"]],
    ["is an alias bomb", `name: bad\nstart: go\n${bomb}nodes: []\n`, ["alias"]],
    [
      "says a key twice",
      "name: bad\nname: worse\nstart: go\nnodes: [{ id: go, type: terminal }]\n",
      ["workflow.yaml:2"],
    ],
    [
      "misspells a key",
      header("{ id: go, type: script, scirpt: good.sh, next: done }"),
      ["scirpt", "script"],
    ],
    ["has an unknown type of node", header("{ id: go, type: robot, next: done }"), ["robot"]],
    ["uses what comes later", header("{ id: go, type: approval, next: done }"), ["not in this version"]],
    ["has no next", header("{ id: go, type: script, script: in.sh }"), ["next"]],
    [
      "goes where no node is",
      header("{ id: go, type: script, script: in.sh, next: dome }"),
      ["dome", "done"],
    ],
    ["starts where no node is", "start: nope\nnodes: [{ id: done, type: terminal }]\n", ["nope"]],
    ["has an id twice", header("{ id: done, type: terminal }").replace("start: go", "start: done"), ["done"]],
    [
      "has an id that the run directory uses",
      header("{ id: steps, type: terminal }").replace("start: go", "start: steps"),
      ["steps"],
    ],
    ["has an id that leaves the run directory", header("{ id: ../go, type: terminal }"), ["../go"]],
    [
      "has a name that leaves the runs directory",
      "name: ../../up\nstart: go\nnodes: [{ id: go, type: terminal }]\n",
      ["name"],
    ],
    [
      "has a prompt outside",
      header("{ id: go, type: agent, prompt: ../outside.md, next: done }"),
      ["../outside.md", "outside"],
    ],
    [
      "has an absolute script outside",
      header("{ id: go, type: script, script: /bin/true, next: done }"),
      ["/bin/true"],
    ],
    [
      "has a prompt behind a link outside",
      header("{ id: go, type: agent, prompt: linked.md, next: done }"),
      ["linked.md"],
    ],
    [
      "has a script that is not there",
      header("{ id: go, type: script, script: gone.sh, next: done }"),
      ["gone.sh"],
    ],
    [
      "has a script that is a directory",
      header("{ id: go, type: script, script: folder, next: done }"),
      ["folder"],
    ],
    [
      "has a template that does not parse",
      header('{ id: go, type: script, script: in.sh, args: ["{{ a +"], next: done }'),
      ["the template does not parse"],
    ],
    [
      "names an output like a built-in",
      header("{ id: go, type: script, script: in.sh, outputs: [{ key: run }], next: done }"),
      ["run"],
    ],
    [
      "never reaches an end",
      "start: a\nnodes:\n  - { id: a, type: script, script: in.sh, next: a }\n",
      ["terminal"],
    ],
    [
      "has a duration that is none",
      header("{ id: go, type: script, script: in.sh, timeout: soon, next: done }"),
      ["timeout"],
    ],
  ])("because it %s", async (_what, yaml, says) => {
    const prepare = (scene: Scene) => {
      scene.write({ "bad/in.sh": "#!/bin/sh\n", "bad/workflow.yaml": yaml, "bad/replay.yaml": "{}\n" });
      mkdirSync(scene.path("bad/folder"));
      symlinkSync(scene.path("outside.md"), scene.path("bad/linked.md"));
    };
    expect(await refusalProblems({ args: ["run", "bad", "--cli", "replay"], says, prepare })).toEqual([]);
  });

  it.each<readonly [string, (scene: Scene) => void, readonly string[]]>([
    [
      "not UTF-8",
      (scene) => writeFileSync(scene.path("good/workflow.yaml"), Buffer.from([0x6e, 0xff, 0xfe, 0x3a])),
      ["UTF-8"],
    ],
    [
      "huge",
      (scene) => writeFileSync(scene.path("good/workflow.yaml"), `# ${"x".repeat(1000)}\n`.repeat(20_000)),
      ["workflow.yaml"],
    ],
    [
      "a directory",
      (scene) => mkdirSync(scene.path("dir/workflow.yaml"), { recursive: true }),
      ["workflow.yaml"],
    ],
  ])("because it is %s", async (what, prepare, says) => {
    const args = ["run", what === "a directory" ? "dir" : "good", "--cli", "replay"];
    expect(await refusalProblems({ args, says, prepare })).toEqual([]);
  });

  it("and tells of all its errors at once, each with its place", async () => {
    const yaml = header("{ id: go, type: script, scirpt: x, timeout: soon, next: done }");
    const prepare = (scene: Scene) => void scene.write({ "bad/workflow.yaml": yaml });
    const says = [
      "workflow.yaml:4:5: [go] `script`",
      "workflow.yaml:4:29: [go]",
      "workflow.yaml:4:49: [go] `timeout`",
    ];
    expect(await refusalProblems({ args: ["run", "bad"], says, prepare })).toEqual([]);
  });
});
