import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Effect } from "../../src/engine/effect.ts";
import type { RunState } from "../../src/core/run-state.ts";
import { executeRun } from "../../src/start/execute-run.ts";
import type { PreparedStart } from "../../src/start/prepared-start.ts";
import { readStoredRun, type StoredRun as StoredRunRead } from "../../src/runs/stored-run.ts";
import type { RunRequest } from "../../src/start/run-request.ts";
import type { EngineSettings } from "../../src/engine/settings.ts";
import type { FileSystem } from "../../src/store/file-system.ts";
import { currentHolder } from "../../src/store/holder.ts";
import { openRunDirectory, type RunDirectory } from "./run-directory.ts";
import { type Outcome, scriptedPerform, virtualClock, type VirtualClock } from "./scripted-ports.ts";
import { scriptedCut } from "./scripted-run.ts";

/**
 * A run of the real engine in a real run directory, with its lock, journal, snapshots and views. Only the outermost edge is
 * scripted: the results of turns and scripts, and time, so that days of waiting take a moment.
 */
export interface StoredRun {
  readonly clock: VirtualClock;
  readonly settings: EngineSettings;
  /** The directory of the run directory and the workspace. */
  readonly root: string;
  readonly directory: () => RunDirectory;
  /** The work of one process on the run; `onEffect` is called before each effect and may stop the process. */
  start(onEffect?: (effect: Effect, stop: () => void) => void, process?: StoredProcess): Promise<RunState>;
  /** Happens by itself when the test is over. */
  remove(): void;
}

/** How one start differs from the default. */
export interface StoredProcess {
  /** A disk that refuses operations. */
  readonly files?: FileSystem;
  readonly say?: (message: string) => void;
  /** What the start read of the run before it took the lock, if that is not what is stored now. */
  readonly stored?: StoredRunRead | undefined;
}

export interface StoredRunSketch {
  readonly settings: EngineSettings;
  readonly clock?: VirtualClock;
  /** The result of the next turn or script; undefined is a good answer. */
  readonly outcome: () => Outcome | undefined;
}

/** Constant, because the jitter of a run's waits depends on its uuid. */
export const STORED_UUID = "00000000-0000-8000-8000-000000000001";

export function storedRun({ settings, clock = virtualClock(), outcome }: StoredRunSketch): StoredRun {
  const root = mkdtempSync(join(tmpdir(), "longhaul-stored-"));
  const remove = () => rmSync(root, { recursive: true, force: true });
  onTestFinished(remove);
  let starts = 0;
  const start: StoredRun["start"] = (onEffect = () => undefined, process = {}) => {
    const { files, say = () => undefined } = process;
    starts += 1;
    const stop = new AbortController();
    const perform = scriptedPerform({
      clock,
      outcomes: { shift: outcome },
      onEffect: (effect) => onEffect(effect, () => stop.abort("SIGTERM")),
    });
    return executeRun(
      { ...startOf(root, settings, starts), ...("stored" in process && { stored: process.stored }) },
      {
        clock,
        settings,
        perform,
        stop,
        listeners: [],
        preflight: () => Promise.resolve([]),
        sweep: () => Promise.resolve(),
        inspectCut: (state) => Promise.resolve(scriptedCut(state, clock.now())),
        say,
        files,
      },
    );
  };
  const directory = () => openRunDirectory(join(root, `${settings.graph.name}-default`));
  return { clock, settings, root, start, directory, remove };
}

function startOf(root: string, { graph }: EngineSettings, start: number): PreparedStart {
  const runDir = join(root, `${graph.name}-default`);
  const { name, file: workflowPath } = graph;
  return {
    request: { ...PLAIN_REQUEST, workflow: graph.directory },
    run: { graph, name, runId: "default", runDir, workflowPath, mayMove: false },
    stored: readStoredRun(runDir, { mayBeDamaged: false }),
    cli: { cli: "claude", asked: undefined },
    workspace: { path: join(root, "workspace"), isOwn: true },
    uuid: STORED_UUID,
    // A separate process, which is dead at the next start.
    holder: { ...currentHolder(), pid_started: `start ${start}` },
    versions: { longhaul: "0.1.0" },
  };
}

/** A start without a flag. */
const PLAIN_REQUEST: RunRequest = {
  workflow: undefined,
  runId: undefined,
  runsDir: undefined,
  resume: { kind: "none" },
  environment: {},
  workspace: undefined,
  params: undefined,
  cli: undefined,
  model: undefined,
  replay: undefined,
  fresh: false,
  repair: false,
  noWait: false,
  move: { kind: "none" },
  limits: {},
  startId: null,
};
