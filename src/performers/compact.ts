import { join } from "node:path";
import type { CompactAction } from "../core/action.ts";
import type { EventBody } from "../core/event.ts";
import type { PerformContext } from "../core/ports.ts";
import type { AgentNode } from "../graph/schema.ts";
import { classifyCompaction, killedFromOutside, wasCutOff } from "../recovery/classify.ts";
import type { AgentDeps } from "./agent-process.ts";
import { placeOf, runAgentProcess } from "./agent-process.ts";
import { endFields } from "./end-fields.ts";
import { newFolder } from "./next-numbered-directory.ts";

export interface CompactDeps extends AgentDeps {
  readonly node: AgentNode;
}

/** Compacts the step's session in place. Stopped by us, it reports nothing: the compaction stays open and is done again. */
export async function performCompact(
  action: CompactAction,
  { state, signal }: PerformContext,
  deps: CompactDeps,
): Promise<readonly EventBody[]> {
  const { backend, layout, clocks, node } = deps;
  const { session, step, compaction } = action;
  if (session.id === null) throw new Error(`Step ${step} has no session to compact.`);
  const run = await backend.beginCompaction({
    ...placeOf(deps, { cwd: action.cwd, node }),
    sessionId: session.id,
  });
  const ended = await runAgentProcess(
    {
      ...run,
      directory: newFolder(join(layout.stepDir(step, action.node), "compactions")),
      cwd: action.cwd,
      marker: `${state.uuid}/${step}`,
      // The model's summary is one silent call, so the time until a first event is all it gets.
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
      ...endFields(report.report.end),
      duration_ms: ended.durationMs,
    },
  ];
}
