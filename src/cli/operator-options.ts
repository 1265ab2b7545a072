import type { RunsPlace } from "../runs/find-run.ts";
import { type Layout, styleFor } from "./style.ts";
import type { Terminal } from "./terminal.ts";
import { columnsOf } from "./text-width.ts";

/** The flags of every command about runs. */
export interface OperatorFlags {
  readonly runsDir?: string;
  readonly json?: true;
}

/** Where these commands search for runs. */
export const runsPlace = (
  { runsDir }: OperatorFlags,
  { environment }: Pick<Terminal, "environment">,
  workflow?: string,
): RunsPlace => ({ workflow, runsDir, environment });

/** The layout of text that goes to stdout. */
export const stdoutLayout = (): Layout => ({
  style: styleFor({ isTerminal: process.stdout.isTTY, environment: process.env }),
  columns: columnsOf(process.stdout),
});
