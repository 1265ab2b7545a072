import type { EventBody } from "../core/event.ts";
import type { TurnReport } from "../backends/turn-report.ts";
import type { AgentProcessEnd } from "./agent-process.ts";

export interface EndedTurn {
  readonly step: number;
  readonly report: TurnReport;
  readonly ended: AgentProcessEnd;
}

/** Warnings about a turn, besides its outcome. */
export function turnWarnings({ step, report, ended }: EndedTurn): readonly EventBody[] {
  const { model, expectedModel, end, cli } = report;
  const warnings: EventBody[] = [];
  const warn = (code: string, message: string) => warnings.push({ type: "warning", code, message, step });
  if (model !== undefined && expectedModel !== undefined && model !== expectedModel) {
    warn("model_substituted", `${cli} asked for ${expectedModel} and was served by ${model}.`);
  }
  const died = end.kind === "signalled" && end.stoppedBy === undefined;
  if (died && ended.likelyOutOfMemory) {
    warn("out_of_memory", `${cli} was killed, probably because memory ran out.`);
  }
  if (ended.survivors.length > 0) {
    warn("processes_left", `Processes of the turn could not be killed: ${ended.survivors.join(", ")}.`);
  }
  return warnings;
}
