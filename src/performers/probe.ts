import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { ProbeAction } from "../core/action.ts";
import type { EventBody } from "../core/event.ts";
import type { PerformContext } from "../core/ports.ts";
import type { TurnReport } from "../backends/turn-report.ts";
import type { AgentNode } from "../graph/schema.ts";
import { classify, killedFromOutside, wasCutOff } from "../recovery/classify.ts";
import type { AgentDeps } from "./agent-process.ts";
import { placeOf, runAgentProcess } from "./agent-process.ts";
import { endFields } from "./end-fields.ts";
import { newFolder } from "./next-numbered-directory.ts";

export interface ProbeDeps extends AgentDeps {
  readonly node: AgentNode;
}

const PROBE_PROMPT = "Answer with the single word OK. Use no tools.";

/** A one-word turn in a session of its own, to see whether a cap is lifted. Stopped by us, it reports nothing. */
export async function performProbe(
  action: ProbeAction,
  { state, signal }: PerformContext,
  deps: ProbeDeps,
): Promise<readonly EventBody[]> {
  const { backend, layout, clocks, node } = deps;
  const directory = newFolder(join(layout.stepDir(action.step, action.node), "probes"));
  const turn = await backend.beginTurn({
    ...placeOf(deps, { cwd: action.cwd, node }),
    prompt: PROBE_PROMPT,
    session: { id: backend.capabilities.chooseSessionId ? randomUUID() : null, fresh: true },
    addDirs: [],
    effort: undefined,
    outputSchema: undefined,
    attemptDir: directory,
  });
  const ended = await runAgentProcess(
    {
      command: turn.command,
      push: turn.push,
      directory,
      cwd: action.cwd,
      marker: `${state.uuid}/${action.step}`,
      limits: { turnMs: clocks.firstEventMs, graceAfterFinalMs: clocks.exitGraceMs },
      launchedBefore: true,
    },
    deps,
    signal,
  );
  const report = await turn.finish(ended);
  return wasCutOff(report) && signal.aborted
    ? []
    : [probeFinished({ action, report, durationMs: ended.durationMs })];
}

interface EndedProbe {
  readonly action: ProbeAction;
  readonly report: TurnReport;
  readonly durationMs: number;
}

/** Any answer of the model shows that it may be asked again, even an empty one. */
function probeFinished({ action, report, durationMs }: EndedProbe): EventBody {
  const { step, probe } = action;
  const failure = wasCutOff(report) ? killedFromOutside("probe") : classify(report);
  const ok = failure === undefined || failure.class === "answer";
  return {
    type: "probe.finished",
    step,
    probe,
    ok,
    ...(ok ? {} : { failure }),
    ...(report.usage === undefined ? {} : { usage: report.usage }),
    ...endFields(report.end),
    duration_ms: durationMs,
  };
}
