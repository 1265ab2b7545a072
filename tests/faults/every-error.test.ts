import { join } from "node:path";
import { inspect } from "node:util";
import { expect, it } from "vitest";
import { reportError } from "../../src/cli/report-error.ts";
import { terminal } from "../../src/cli/terminal.ts";
import { EXIT } from "../../src/core/failure.ts";
import type { Effect } from "../../src/engine/effect.ts";
import type { RunState } from "../../src/core/run-state.ts";
import { systemFiles } from "../../src/store/files.ts";
import { type FailingFiles, failingFiles, FAULTS } from "../support/failing-files.ts";
import { recordFault } from "../support/fault-matrix.ts";
import { forEachInParallel } from "../support/parallel.ts";
import {
  artifacts,
  foundIn,
  goOn,
  type RefusableRun,
  type Refused,
  type RefusedRun,
} from "../support/refused-disk.ts";
import { type Outcome, failing } from "../support/scripted-ports.ts";
import { settingsOf } from "../support/scripted-run.ts";
import { storedRun } from "../support/stored-run.ts";

/** Ten steps: an outage, a loop of scripts and branches, a value that needs a file of its own. */
const settings = settingsOf({
  environment: { AGENT_MIN_FREE_DISK_MB: "0" },
  nodes: [
    { id: "plan", type: "agent", prompt: "p.md", outputs: [{ key: "plan", default: "none" }], next: "work" },
    {
      id: "work",
      type: "script",
      script: "scripts/work.sh",
      outputs: [{ key: "made" }],
      set: { rounds: "{{ visits.work }}" },
      next: "more",
    },
    {
      id: "more",
      type: "branch",
      path: "visits.work",
      conditions: [{ op: "<", value: 3, next: "work" }],
      default: "review",
    },
    {
      id: "review",
      type: "agent",
      prompt: "r.md",
      outputs: [{ key: "verdict", default: "none" }],
      next: "publish",
    },
    { id: "publish", type: "script", script: "scripts/work.sh", next: "last" },
    { id: "last", type: "branch", path: "visits.work", cases: { "3": "done" }, default: "stuck" },
    { id: "done", type: "terminal" },
    { id: "stuck", type: "fail" },
  ],
});

const LARGE = "x".repeat(70_000);
const OVERLOADED = failing({ class: "transient", reason: "server_error", message: "503 Unavailable." });

it.for(FAULTS)(
  "goes on or stops in order when any file operation of the store fails with %s",
  async (fault, { task }) => {
    const undisturbed = refusableRun();
    const counting = failingFiles(0, fault);
    expect(await undisturbed.startOn(counting)).toMatchObject({ code: 0, stderr: "" });
    const expected = artifacts(undisturbed);
    const operations = Array.from({ length: counting.count() }, (_, index) => index + 1);
    expect(operations.length).toBeGreaterThan(200);

    const runs: RefusedRun[] = [];
    const troubles: string[] = [];
    await forEachInParallel(operations, async (number) => {
      const run = refusableRun();
      const disk = failingFiles(number, fault);
      const refused = await run.startOn(disk);
      try {
        if (disk.failed() !== undefined) runs.push(await goOn(run, { refused, expected }));
      } catch (trouble) {
        troubles.push(`operation ${number} (${disk.failed()}): ${inspect(trouble)}\n${refused.stderr}`);
      }
      run.remove();
    });
    expect(troubles).toEqual([]);
    recordFault(task, {
      promise: [1, 4],
      fault: `one operation of the store fails with ${NAMES[fault]}`,
      how: "engine and store in one process, every operation of a run of ten steps in turn",
      injected: runs.length,
      found: foundIn(runs),
      outcome: "stopped in order or went on; the same command then came to the same end with every artifact",
    });
  },
);

const NAMES = {
  ENOSPC: "a full disk",
  EIO: "an I/O error",
  EROFS: "a read-only file system",
  EMFILE: "too many open files",
  short: "half a write, and where nothing is written with a full disk",
} as const;

interface StoredRefusable extends RefusableRun {
  /** One process' work on the run, on this disk. */
  startOn(disk: Pick<FailingFiles, "files">): Promise<Refused>;
  remove(): void;
}

function refusableRun(): StoredRefusable {
  let current: Effect | undefined;
  const ledger: string[] = [];
  const outcome = () => {
    const failures = run.directory().ofType("attempt.failed").length;
    return current === undefined ? undefined : outcomeOf(current, failures);
  };
  const run = storedRun({ settings, outcome });
  const note = (effect: Effect) => {
    current = effect;
    if (effect.kind === "script") ledger.push(String(effect.step));
  };
  const startOn = ({ files }: Pick<FailingFiles, "files">) => endOf((say) => run.start(note, { files, say }));
  return {
    root: run.root,
    runDir: join(run.root, "scripted-default"),
    ledger: () => ledger,
    startOn,
    remove: () => run.remove(),
    resume: async () => {
      const ended = await startOn({ files: systemFiles });
      expect(ended).toMatchObject({ code: 0 });
      return ended;
    },
  };
}

/** An outage is over after one try that met it, however many were cut. */
function outcomeOf(effect: Effect, failures: number): Outcome | undefined {
  if (effect.kind === "script") return { kind: "answer", outputs: { made: effect.step } };
  if (effect.kind !== "turn") return undefined;
  if (effect.step > 1) return { kind: "answer", outputs: { verdict: "good" } };
  return failures === 0 ? OVERLOADED : { kind: "answer", outputs: { plan: LARGE } };
}

/** Exit code and stderr, as the command has them. */
async function endOf(start: (say: (text: string) => void) => Promise<RunState>): Promise<Refused> {
  const said: string[] = [];
  const say = (text: string) => void said.push(text);
  const code = await start(say).then(exitCodeOf, (error: unknown) =>
    reportError(error, { ...terminal, say }),
  );
  const stderr = said.join("\n");
  return { code, stderr, report: `exit ${code}\n${stderr}` };
}

const exitCodeOf = ({ status }: RunState): number =>
  status.kind === "finished" || status.kind === "stopped" ? status.exit_code : EXIT.resumable;
