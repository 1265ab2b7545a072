import type { OutputLine } from "../process/line-splitter.ts";
import type { Facts } from "./turn-report.ts";

/** Facts about a program's lines, whatever they say, gathered in the same way for every CLI and kind of turn. */
export interface LineFacts {
  /** Takes the next line of stdout. */
  note(line: Pick<OutputLine, "truncated" | "unended">): void;
  /** Under the names that the failure table matches. */
  soFar(): Facts;
}

export function createLineFacts(): LineFacts {
  let tooLong = false;
  let cut = false;
  return {
    note: ({ truncated, unended }) => {
      tooLong ||= truncated;
      cut = unended;
    },
    soFar: () => ({ ...(tooLong && { line_too_long: true }), ...(cut && { line_cut: true }) }),
  };
}
