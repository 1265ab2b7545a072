/** What a step can and cannot do from inside the box. */
import { expect, test } from "vitest";
import { openBox } from "./support/box.ts";
import { expectExit } from "./support/command.ts";
import { ofType, readRun } from "./support/run-record.ts";

const workflowOf = (script: string) => `start: try
nodes:
  - { id: try, type: script, script: scripts/${script}, timeout: 15s, next: done }
  - { id: done, type: terminal }
`;

const LOOK = `set -u
attempt() { if "$@" 2>/dev/null; then echo "$* worked"; fi; }
grep -E '^(Uid|CapInh|CapPrm|CapEff|CapAmb|NoNewPrivs):' /proc/self/status
attempt touch /workflow/made
attempt touch /opt/longhaul/made
attempt touch /made
attempt chown root /workspace
attempt ls /mnt/host
attempt ls /var/run/docker.sock
attempt gosu root true
attempt unshare --user true
grep -c '^Uid:.0' /proc/[0-9]*/status | grep -v ':0$'
echo end
`;

test("no root, no capability, nothing of the host or the image can be changed", async () => {
  const box = await openBox();
  await box.write({
    "look/workflow.yaml": workflowOf("look.sh"),
    "look/replay.yaml": "{}\n",
    "look/scripts/look.sh": LOOK,
  });
  expectExit(await box.runSh(["look", "--cli", "replay"]), 0);
  const none = "0000000000000000";
  expect((await box.inVolumes("cat /runs/look-default/try/stdout.log")).split("\n")).toEqual([
    "Uid:\t1000\t1000\t1000\t1000",
    `CapInh:\t${none}`,
    `CapPrm:\t${none}`,
    `CapEff:\t${none}`,
    `CapAmb:\t${none}`,
    "NoNewPrivs:\t1",
    "end",
  ]);
});

/** Forks twice, leaves session and environment behind, and counts in the workspace for as long as it lives. */
const DAEMONIZE = `(env -i setsid bash -c 'while :; do date +%s%N >/workspace/pulse; sleep 0.1; done' </dev/null >/dev/null 2>&1 &)
until [ -s /workspace/pulse ]; do sleep 0.1; done
`;
const FEEL_PULSE = "cat /workspace/pulse; sleep 1; cat /workspace/pulse\n";

test("nothing that a step started outlives it, not even what cut every tie", async () => {
  const box = await openBox();
  await box.write({
    "leave/workflow.yaml": `start: leave
nodes:
  - { id: leave, type: script, script: leave.sh, next: feel }
  - { id: feel, type: script, script: feel.sh, next: done }
  - { id: done, type: terminal }
`,
    "leave/leave.sh": DAEMONIZE,
    "leave/feel.sh": FEEL_PULSE,
  });
  expectExit(await box.runSh(["leave", "--cli", "replay"]), 0);
  const [before, after] = (await box.inVolumes("cat /runs/leave-default/feel/stdout.log")).split("\n");
  expect(before).toMatch(/^\d+$/);
  expect(after).toBe(before);
});

const FORK_BOMB = "bomb() { bomb | bomb & wait; }\nbomb\n";
/** Doubles a string until it is stopped. */
const MEMORY_HOG = "text = 'x'\nwhile True: text += text\n";

test.each([
  {
    what: "fork bomb",
    script: "bomb.sh",
    content: FORK_BOMB,
    limits: { LONGHAUL_PIDS: "300" },
    named: /process/i,
  },
  {
    what: "memory hog",
    script: "hog.py",
    content: MEMORY_HOG,
    limits: { LONGHAUL_MEMORY: "400m" },
    named: /memory/i,
  },
])("a $what ends the step, not the run's bookkeeping, and is named as such", async (given) => {
  const box = await openBox();
  const files = {
    "flow/workflow.yaml": workflowOf(given.script),
    "flow/replay.yaml": "{}\n",
    [`flow/scripts/${given.script}`]: given.content,
  };
  await box.write(files);
  const result = await box.runSh(["flow", "--cli", "replay"], given.limits);
  expectExit(result, 6);
  const record = await readRun(box, "flow-default");
  expect(record.run).toMatchObject({ exit_code: 6 });
  expect(JSON.stringify(ofType(record, "attempt.failed").at(-1)?.["failure"])).toMatch(given.named);
});
