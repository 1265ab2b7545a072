import type { ChaosCase } from "../chaos/case.ts";
import type { CaseResult } from "../chaos/judge-case.ts";
import { placeText } from "./chaos-text.ts";
import { canRedraw, sizeOf } from "./redraw.ts";
import type { Terminal } from "./terminal.ts";
import { fit } from "./text-width.ts";

/** Shows progress: a bar on a terminal, a line for each case elsewhere. */
export interface CaseProgress {
  say(message: string): void;
  begin(total: number): void;
  finished(chaosCase: ChaosCase, result: CaseResult): void;
  /** Removes the bar. */
  close(): void;
}

const BAR_WIDTH = 24;
const REMOVE_LINE = "\r\u001B[J";

export function openCaseProgress(terminal: Terminal): CaseProgress {
  const output = process.stderr;
  const hasBar = canRedraw({ output, environment: process.env });
  let [done, total] = [0, 0];
  let bar = "";
  const draw = (text: string) => {
    if (hasBar) output.write(`${bar === "" ? "" : REMOVE_LINE}${text}`);
    bar = text;
  };
  return {
    say: (message) => {
      draw("");
      terminal.say(message);
    },
    begin: (count) => {
      total = count;
    },
    finished: (chaosCase, { judgement }) => {
      done += 1;
      const text = `${done}/${total} ${placeText(chaosCase.target)} ${chaosCase.fault.label}: ${judgement}`;
      if (!hasBar) return terminal.say(text);
      const columns = sizeOf(output).columns - 1;
      draw(fit(`${barOf(done / Math.max(1, total))} ${text}`, columns));
    },
    close: () => draw(""),
  };
}

function barOf(share: number): string {
  const filled = Math.round(share * BAR_WIDTH);
  return `[${"#".repeat(filled)}${".".repeat(BAR_WIDTH - filled)}]`;
}
