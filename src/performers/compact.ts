import { join } from "node:path";
import type { EventBody } from "../core/event.ts";
import { toEndFields } from "../core/process-end.ts";
import type { CompactEffect } from "../engine/effect.ts";
import { classifyCompaction, killedFromOutside, wasCutOff } from "../recovery/classify.ts";
import { runLayout } from "../store/layout.ts";
import type { AgentDeps } from "./agent-process.ts";
import { placeOf, runAgentProcess } from "./agent-process.ts";
import { nextNumberedDirectory } from "./next-numbered-directory.ts";

/** Compacts the step's session in place. Returns no event when we stop it: the compaction stays open and is repeated. */
export async function performCompact(
  effect: CompactEffect,
  signal: AbortSignal,
  deps: AgentDeps,
): Promise<readonly EventBody[]> {
  const { backend, clocks } = deps;
  const { session, step, compaction } = effect;
  const stepDir = runLayout(effect.runDir).stepDir(step, effect.node);
  if (session.id === null) throw new Error(`Step ${step} has no session to compact.`);
  const run = await backend.beginCompaction({
    ...placeOf(deps, effect),
    sessionId: session.id,
  });
  const ended = await runAgentProcess(
    {
      ...run,
      directory: nextNumberedDirectory(join(stepDir, "compactions")),
      cwd: effect.cwd,
      marker: effect.mark,
      // The model's summary is one silent call, so the limit for a first event applies to all of it.
      limits: { turnMs: clocks.firstEventMs, graceAfterFinalMs: clocks.exitGraceMs },
      launchedBefore: true,
    },
    deps,
    signal,
  );
  const report = await run.finish(ended);
  const cutOff = wasCutOff(report.report);
  if (cutOff && signal.aborted) return [];
  const failure = cutOff ? killedFromOutside("compaction") : classifyCompaction(report);
  const { usage } = report.report;
  return [
    {
      type: "compact.finished",
      step,
      compaction,
      ...(failure === undefined ? {} : { failure }),
      ...(usage === undefined ? {} : { usage }),
      ...toEndFields(report.report.end),
      duration_ms: ended.durationMs,
    },
  ];
}
