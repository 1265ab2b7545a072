import type { OutputLine } from "../process/line-splitter.ts";
import type { Facts } from "./turn-report.ts";

/** What the lines of a program show besides what they say, gathered alike for every CLI and every kind of turn. */
export interface LineFacts {
  /** Takes the next line of stdout. */
  note(line: Pick<OutputLine, "truncated" | "unended">): void;
  /** On the names that the failure table matches. */
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
