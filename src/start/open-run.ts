import { hasJournal } from "../runs/stored-run.ts";
import { finishArchive } from "../store/run-archive.ts";
import { beginRun } from "./begin-run.ts";
import type { OpenedRun, OpenRunPorts } from "./opened-run.ts";
import type { PreparedStart } from "./prepared-start.ts";
import { resumeRun } from "./resume-run.ts";
import { repairOnce, startOver } from "./start-over.ts";

/**
 * Starts or resumes a run. The caller holds its lock. One-shot flags act once per start id.
 * @throws UsageError for a run directory of another workflow, a damaged one, other params or an unknown node. Nothing is
 * changed then.
 */
export async function openRun(start: PreparedStart, ports: OpenRunPorts): Promise<OpenedRun> {
  const { request, run } = start;
  const { runDir } = run;
  await finishArchive({ runDir, startId: request.startId });
  if (request.fresh) await startOver(start, ports.say);
  if (!hasJournal(runDir)) return beginRun(start, ports);
  if (request.repair) await repairOnce(start, ports.say);
  return resumeRun(start, ports);
}
