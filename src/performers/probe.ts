import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { EventBody } from "../core/event.ts";
import { toEndFields } from "../core/process-end.ts";
import type { ProbeEffect } from "../engine/effect.ts";
import type { TurnReport } from "../backends/turn-report.ts";
import { classify, killedFromOutside, wasCutOff } from "../recovery/classify.ts";
import { runLayout } from "../store/layout.ts";
import type { AgentDeps } from "./agent-process.ts";
import { placeOf, runAgentProcess } from "./agent-process.ts";
import { nextNumberedDirectory } from "./next-numbered-directory.ts";

const PROBE_PROMPT = "Answer with the single word OK. Use no tools.";

/** A one-word turn in its own session, to see whether a cap is lifted. Returns no event when we stop it. */
export async function performProbe(
  effect: ProbeEffect,
  signal: AbortSignal,
  deps: AgentDeps,
): Promise<readonly EventBody[]> {
  const { backend, clocks } = deps;
  const stepDir = runLayout(effect.runDir).stepDir(effect.step, effect.node);
  const directory = nextNumberedDirectory(join(stepDir, "probes"));
  const turn = await backend.beginTurn({
    ...placeOf(deps, effect),
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
      cwd: effect.cwd,
      marker: effect.mark,
      limits: { turnMs: clocks.firstEventMs, graceAfterFinalMs: clocks.exitGraceMs },
      launchedBefore: true,
    },
    deps,
    signal,
  );
  const report = await turn.finish(ended);
  return wasCutOff(report) && signal.aborted
    ? []
    : [probeFinished({ effect, report, durationMs: ended.durationMs })];
}

interface EndedProbe {
  readonly effect: ProbeEffect;
  readonly report: TurnReport;
  readonly durationMs: number;
}

/** Any answer of the model, even an empty one, shows that the cap is lifted. */
function probeFinished({ effect, report, durationMs }: EndedProbe): EventBody {
  const { step, probe } = effect;
  const failure = wasCutOff(report) ? killedFromOutside("probe") : classify(report);
  const ok = failure === undefined || failure.class === "answer";
  return {
    type: "probe.finished",
    step,
    probe,
    ok,
    ...(ok ? {} : { failure }),
    ...(report.usage === undefined ? {} : { usage: report.usage }),
    ...toEndFields(report.end),
    duration_ms: durationMs,
  };
}
