import path from "node:path";
import { repairJournal } from "../store/journal-cut.ts";
import { archiveRun, holdsRun } from "../store/run-archive.ts";
import { isRecordedStart, recordStart } from "../store/start-ids.ts";
import type { PreparedStart } from "./prepared-start.ts";

type Say = (message: string) => void;

/** Archives the run. Without one it still records that --fresh has acted: after a restart it would archive this start's own run. */
export async function startOver(start: PreparedStart, say: Say): Promise<void> {
  const { runDir } = start.run;
  const { startId } = start.request;
  if (holdsRun(runDir)) await archive(start, say);
  else if (startId !== null) await recordStart(path.dirname(runDir), startId);
}

async function archive({ request, run, workspace }: PreparedStart, say: Say): Promise<void> {
  const archived = await archiveRun({
    runDir: run.runDir,
    workspace: workspace.isOwn ? workspace.path : null,
    startId: request.startId,
  });
  if (archived.kind === "seen") return;
  for (const { from, to } of archived.moves) say(`--fresh: archived ${from} as ${path.basename(to)}`);
}

/** Records the repair only after it is done. A repair that was killed is repeated, and finished parts need no work. */
export async function repairOnce({ request, run }: PreparedStart, say: Say): Promise<void> {
  const root = path.dirname(run.runDir);
  const id = request.startId === null ? undefined : `${request.startId}/repair`;
  if (id !== undefined && isRecordedStart(root, id)) return;
  repair(run.runDir, say);
  if (id !== undefined) await recordStart(root, id);
}

function repair(runDir: string, say: Say): void {
  const repaired = repairJournal({ runDir });
  if (repaired === null) return say("--repair: the journal is sound, nothing to repair");
  const { lastSeq, cutBytes, keptIn, stepsKeptIn } = repaired;
  const steps = stepsKeptIn === null ? "" : `, and the files of later attempts to ${stepsKeptIn}`;
  say(`--repair: kept events up to ${lastSeq}; ${cutBytes} bytes moved to ${keptIn}${steps}`);
}
