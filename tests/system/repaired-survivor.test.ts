import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { findProcess } from "../../src/process/process-table.ts";
import { findRecordedProcesses } from "../../src/process/recorded-process.ts";
import { createScene } from "../support/longhaul.ts";
import { openRunDirectory } from "../support/run-directory.ts";
import { until } from "../support/until.ts";

const RUN = ["run", "repaired"] as const;
const WORKFLOW = `
name: repaired
start: first
nodes:
  - { id: first, type: script, script: first.sh, next: hold }
  - { id: hold, type: script, script: hold.sh, next: done }
  - { id: done, type: terminal }
`;
/** Its mark is gone from its environment: only the record of its attempt tells of it. */
const HOLD = `#!/usr/bin/env bash
[ -e "$GATE" ] && exit 0
echo $$ >> "$LEDGER"
exec env -i sleep 1000
`;

it("--repair kills what the attempts that it cuts off have left running", async () => {
  const scene = createScene();
  scene.write({
    "repaired/workflow.yaml": WORKFLOW,
    "repaired/first.sh": "#!/usr/bin/env bash\necho done\n",
    "repaired/hold.sh": HOLD,
  });
  const env = { GATE: scene.path("gate") };
  const started = scene.start(RUN, { env });
  const survivor = () => findProcess(Number(scene.ledger()[0] ?? 0));
  // The script may get as far as that before its runner has written the record.
  const record = join(scene.runs, "repaired-default/steps/000002-hold");
  const isRecorded = () => findRecordedProcesses(record).length === 1;
  await until(() => isRecorded() && survivor()?.environment().length === 0, started.stderr);
  started.child.kill("SIGKILL");
  await started.ended;
  expect(survivor()?.alive).toBe(true);

  const { dir, journal } = openRunDirectory(join(scene.runs, "repaired-default"));
  const damaged = journal.replace('"node":"first"', '"node":"frist"');
  expect(damaged).not.toBe(journal);
  scene.write({ "runs/repaired-default/journal.jsonl": damaged, gate: "" });
  rmSync(join(dir, "checkpoint.json"), { force: true });
  const repaired = await scene.exits(0, [...RUN, "--repair"], { env });
  expect(repaired.stderr).toContain("and the files of later attempts to");
  expect(survivor()?.alive ?? false).toBe(false);
});
