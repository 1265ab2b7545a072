import { expect, it } from "vitest";
import { calls } from "../support/in-process.ts";
import { createScene } from "../support/longhaul.ts";

const RUN = ["run", "wf", "--cli", "replay"] as const;

it("reports a workspace that cannot be created, and continues in another one", async () => {
  const scene = createScene();
  scene.write({
    "wf/workflow.yaml":
      "name: wf\nstart: work\nnodes:\n  - { id: work, type: script, script: work.sh, next: done }\n  - { id: done, type: terminal }\n",
    "wf/work.sh": "#!/usr/bin/env bash\npwd\n",
    file: "in the way\n",
  });
  const refused = await calls(scene, 2, [...RUN, "--workspace", scene.path("file/work")]);
  expect(refused.stderr).toContain(`The workspace ${scene.path("file/work")} cannot be created.`);
  expect(refused.stderr).not.toMatch(/^\s+at /m);
  const below = await calls(scene, 2, [...RUN, "--workspace", "/proc/longhaul/work"]);
  expect(below.stderr).toContain("The workspace /proc/longhaul/work cannot be created.");
  await calls(scene, 0, [...RUN, "--workspace", scene.path("elsewhere/and/deeper")]);
});
