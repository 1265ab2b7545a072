/** What a step can and cannot do from inside the box. */
import { expect, test } from "vitest";
import { recordFault } from "../support/fault-matrix.ts";
import { structured, toolCall } from "../support/model-server/script.ts";
import { openBox } from "./support/box.ts";
import { expectExit } from "./support/command.ts";
import { ofType, readRun } from "./support/run-record.ts";
import { startScriptedModel } from "./support/scripted-model.ts";

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

const NO_CAPABILITY = "0000000000000000";
const KEPT_IN = [
  "Uid:\t1000\t1000\t1000\t1000",
  `CapInh:\t${NO_CAPABILITY}`,
  `CapPrm:\t${NO_CAPABILITY}`,
  `CapEff:\t${NO_CAPABILITY}`,
  `CapAmb:\t${NO_CAPABILITY}`,
  "NoNewPrivs:\t1",
  "end",
];

test("no root, no capability, nothing of the host or the image can be changed", async ({ task }) => {
  const box = await openBox();
  await box.write({
    "look/workflow.yaml": `start: ask
nodes:
  - { id: ask, type: agent, prompt: ask.md, outputs: [{ key: tried }], next: try }
  - { id: try, type: script, script: scripts/look.sh, next: done }
  - { id: done, type: terminal }
`,
    "look/ask.md": "Try to leave the box.\n",
    "look/scripts/look.sh": LOOK,
  });
  const { env } = await startScriptedModel(box, {
    cli: "claude",
    script: [toolCall("bash /workflow/scripts/look.sh > looked"), structured({ tried: true })],
  });
  expectExit(await box.runSh(["look", "--cli", "claude"], env), 0);
  const looks = ["/workspace/look-default/looked", "/runs/look-default/try/stdout.log"];
  for (const file of looks) expect((await box.inVolumes(`cat ${file}`)).split("\n")).toEqual(KEPT_IN);
  const counted = async (pattern: string) =>
    Number(await box.inVolumes(`cat ${looks.join(" ")} | grep -cE '${pattern}' || true`));
  recordFault(task, {
    promise: 5,
    fault: "an agent and a script try to leave the box",
    how: "ways: writing the workflow, the image and the root, reading the host's logins, Docker's socket, gosu, a user namespace",
    injected: looks.length * (LOOK.match(/^attempt /gm) ?? []).length,
    found: {
      "ways that worked": await counted(" worked$"),
      "processes with a capability": await counted("^CapEff.*[1-9a-f]$"),
      "processes of root": await counted("^Uid:.*\\b0\\b"),
    },
    outcome: "the run finished; nothing outside of its volumes had changed",
  });
});

/** What a step can do to its own container, as the user that runs all of it. */
const KILLS = [
  { what: "the runner", command: 'kill -9 "$PPID"' },
  { what: "everything that it can reach", command: "kill -9 -1" },
];

test.for(KILLS)(
  "a step that kills $what is run again, by the container that comes back",
  async ({ what, command }, { task }) => {
    const box = await openBox();
    const note = 'echo "$1 ${LONGHAUL_RESUMED:-0}" >> notes\n';
    await box.write({
      "flow/workflow.yaml": `start: before
nodes:
  - { id: before, type: script, script: note.sh, args: [before], next: killing }
  - { id: killing, type: script, script: kill.sh, args: [killing], next: after }
  - { id: after, type: script, script: note.sh, args: [after], next: done }
  - { id: done, type: terminal }
`,
      "flow/note.sh": note,
      "flow/kill.sh": `${note}[ "\${LONGHAUL_RESUMED:-0}" = 1 ] || ${command}\n`,
    });
    expectExit(await box.runSh(["flow", "--cli", "replay"]), 0);
    const notes = (await box.inVolumes("cat /workspace/flow-default/notes")).split("\n");
    expect(notes).toEqual(["before 0", "killing 0", "killing 1", "after 0"]);
    const record = await readRun(box, "flow-default");
    expect(ofType(record, "run.resumed")).toHaveLength(1);
    recordFault(task, {
      promise: [1, 5],
      fault: `a step kills ${what} in its container`,
      how: `${command} in a script, on a real engine`,
      injected: ofType(record, "run.resumed").length,
      found: {
        "finished steps lost": 3 - ofType(record, "step.finished").length,
        "finished steps run again": notes.filter((line) => !line.startsWith("killing")).length - 2,
      },
      outcome: "the container came back by itself, and the step ran once more",
    });
  },
);

/**
 * Forks twice, leaves session and environment behind, and notes the time in the workspace for as long as it lives; in lines of
 * one file, which is never empty again.
 */
const DAEMONIZE = `(env -i setsid bash -c 'while :; do date +%s%N >>/workspace/pulse; sleep 0.1; done' </dev/null >/dev/null 2>&1 &)
until [ -s /workspace/pulse ]; do sleep 0.1; done
`;
const FEEL_PULSE = "tail -n 1 /workspace/pulse; sleep 1; tail -n 1 /workspace/pulse\n";

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

test.for([
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
])("a $what ends the step, not the run's bookkeeping, and is named as such", async (given, { task }) => {
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
  recordFault(task, {
    promise: 5,
    fault: `a step is a ${given.what}`,
    how: `in a box with ${Object.entries(given.limits).flat().join(" ")}`,
    injected: 1,
    found: {
      "exit code of the run": result.code ?? "none",
      "restarts of the container": ofType(record, "run.resumed").length,
    },
    outcome: "the step failed and named the limit; the run stopped in order, resumable",
  });
});
