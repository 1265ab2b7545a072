import type { CliName, EndedProcess, Environment } from "../backends/backend.ts";
import { createLineFacts } from "../backends/line-facts.ts";
import type { TurnReport } from "../backends/turn-report.ts";
import { BACKENDS } from "../backends/table.ts";
import type { Failure } from "../core/failure.ts";
import type { OutputLine } from "../process/line-splitter.ts";
import { classify, findRow, wasCutOff } from "./classify.ts";
import type { FailureRow } from "../backends/failure-row.ts";

/** A recorded turn: what the CLI printed, and how its process ended. */
export interface RecordedTurn {
  readonly cli: CliName;
  readonly lines: AsyncIterable<OutputLine>;
  readonly ended: Omit<EndedProcess, "lineFacts">;
  /** Shows where the CLI keeps its sessions: codex writes some facts only there. */
  readonly environment: Environment;
}

/** How a turn is classified, and why. */
export interface Explanation {
  /** The row of the failure table that matches. */
  readonly row: FailureRow;
  /** Undefined for a turn that the CLI reports as successful. */
  readonly failure: Failure | undefined;
  /** The turn counts as interrupted, whatever the row says. */
  readonly cutOff: boolean;
  readonly report: TurnReport;
}

/** Reads a recorded turn exactly as a live one is read, and finds the row of the failure table that matches it. */
export async function explainTurn({ cli, lines, ended, environment }: RecordedTurn): Promise<Explanation> {
  const turn = await BACKENDS[cli].beginTurn({
    prompt: "",
    session: { id: cli === "codex" ? null : UNKNOWN_SESSION, fresh: true },
    cwd: process.cwd(),
    addDirs: [],
    environment,
    model: undefined,
    effort: undefined,
    outputSchema: undefined,
    attemptDir: "",
    asRoot: false,
  });
  const lineFacts = createLineFacts();
  for await (const line of lines) {
    lineFacts.note(line);
    turn.push(line.text);
  }
  const report = await turn.finish({ ...ended, lineFacts: lineFacts.soFar() });
  return { row: findRow(report), failure: classify(report), cutOff: wasCutOff(report), report };
}

/** No process is started, so this id is never used. */
const UNKNOWN_SESSION = "00000000-0000-4000-8000-000000000000";
