import { join } from "node:path";
import { expect, it } from "vitest";
import { recordFault } from "../support/fault-matrix.ts";
import { liveSteps } from "../support/live-steps.ts";
import { createScene, type Scene } from "../support/longhaul.ts";
import { openRunDirectory } from "../support/run-directory.ts";
import { until } from "../support/until.ts";
import { wholeLines } from "../support/whole-lines.ts";

/**
 * What a step's process does in these tests. It holds a lock in the name of its step, which its helper in a session of
 * its own holds as well: the lock is free only when nothing of an earlier try is alive.
 */
const HOLD = `
mkdir -p "$LEDGER.locks"
exec 9>>"$LEDGER.locks/$(tr / - <<<"$LONGHAUL_STEP")"
flock --nonblock 9 || echo "$LONGHAUL_STEP" >> "$LEDGER.overlaps"
echo "$LONGHAUL_STEP" >> "$LEDGER"
setsid bash -c 'trap "" TERM INT; while [ ! -e "$GATE" ]; do sleep 0.05; done' &
while [ ! -e "$GATE" ]; do sleep 0.05; done
`;

/** A stand-in for the CLI at the outermost edge: it prints what claude prints, and takes its time. */
const SLOW_CLAUDE = `#!/usr/bin/env bash
cat > /dev/null
echo '{"type":"system","subtype":"init","session_id":"5e55-10","model":"sonnet"}'
${HOLD}
echo '{"type":"assistant","message":{"role":"assistant","model":"sonnet","content":[{"type":"text","text":"{\\"answer\\": 42}"}],"usage":{"input_tokens":1,"output_tokens":5}},"session_id":"5e55-10"}'
echo '{"type":"result","subtype":"success","is_error":false,"num_turns":1,"usage":{"input_tokens":1,"output_tokens":5},"session_id":"5e55-10","result":"{\\"answer\\": 42}"}'
`;

const midTurnScene = (): Scene => {
  const scene = createScene();
  scene.write({
    "mid/workflow.yaml": `
name: mid
start: ask
nodes:
  - { id: ask, type: agent, prompt: ask.md, outputs: [{ key: answer, default: none }], next: work }
  - { id: work, type: script, script: work.sh, next: done }
  - { id: done, type: terminal }
`,
    "mid/ask.md": "What is it?\n",
    "mid/work.sh": `#!/usr/bin/env bash\n[ -z "\${SLOW_SCRIPT:-}" ] && exit\n${HOLD}`,
    "mid/replay.yaml": "ask: { output: { answer: 42 } }\n",
    "bin/claude": SLOW_CLAUDE,
  });
  return scene;
};

it.for([
  {
    what: "an agent's turn",
    fault: "the runner alone is killed in an agent's turn",
    args: ["--cli", "claude"],
    slow: {},
  },
  {
    what: "a script",
    fault: "the runner alone is killed in a script",
    args: ["--cli", "replay"],
    slow: { SLOW_SCRIPT: "1" },
  },
])(
  "never has two processes of one step alive when the runner alone is killed in $what",
  async ({ fault, args, slow }, { task }) => {
    const scene = midTurnScene();
    const env = {
      ...slow,
      GATE: scene.path("gate"),
      PATH: `${scene.path("bin")}:${process.env["PATH"] ?? ""}`,
    };
    const command = ["run", "mid", ...args];
    let survivors = 0;
    for (let kills = 1; kills <= 3; kills += 1) {
      const started = scene.start(command, { env });
      await until(
        () => scene.ledger().length === kills,
        () => `process ${kills} of the step:\n${started.stderr()}`,
      );
      started.child.kill("SIGKILL");
      await started.ended;
      const left = liveSteps(uuidOf(scene)).length;
      expect(left).toBeGreaterThan(0);
      survivors += left;
    }
    scene.write({ gate: "" });
    await scene.exits(0, command, { env });
    const overlaps = wholeLines(scene.path("ledger.overlaps"));
    expect(overlaps).toEqual([]);
    expect(new Set(scene.ledger()).size).toBe(1);
    const alive = liveSteps(uuidOf(scene));
    expect(alive).toEqual([]);
    expect(midRun(scene).json("context.json")).toMatchObject({ answer: 42 });
    const cut = midRun(scene).ofType("attempt.interrupted");
    expect(cut).toHaveLength(3);
    recordFault(task, {
      promise: 1,
      fault,
      how: "SIGKILL of the runner while its child and a helper in a session of its own live on",
      injected: cut.length,
      found: {
        "processes left behind by the kills": survivors,
        "tries that met an earlier one alive": overlaps.length,
        "processes left at the end": alive.length,
      },
      outcome: "what the first try left is killed and seen gone before the next begins",
    });
  },
);

const midRun = (scene: Scene) => openRunDirectory(join(scene.runs, "mid-default"));
const uuidOf = (scene: Scene): string => midRun(scene).ofType("run.started")[0]?.uuid ?? "no uuid";
