import { backendNamed } from "../backends/table.ts";
import type { AgentActivity } from "../core/ports.ts";
import { createLineSplitter, type LineSplitter } from "../process/line-splitter.ts";
import { harmless, type Layout } from "./style.ts";
import { wrap } from "./text-width.ts";

const SHOWN_OUTPUT_LINES = 12;

export interface TranscriptOptions {
  /** The CLIs whose stream this may be: several if the run changed its CLI during the step. */
  readonly clis: ReadonlySet<string>;
  readonly print: (line: string) => void;
  readonly layout: Layout;
}

/** Reads the stream of an agent's command line and prints a transcript: texts, tool calls, results. */
export function createTranscript({ clis, print, layout }: TranscriptOptions): LineSplitter {
  return createLineSplitter({
    onLine: ({ text }) => {
      // The formats have no kind of line in common, so only the right backend recognises the line.
      for (const cli of clis)
        for (const activity of backendNamed(cli)?.activityIn(text) ?? [])
          for (const line of transcriptLines(activity, layout)) print(line);
    },
  });
}

/** Formats an activity as transcript lines. Pure. */
export function transcriptLines(activity: AgentActivity, { style, columns }: Layout): readonly string[] {
  const laidOut = (line: string, indent: string) => wrap(line, { columns, indent });
  switch (activity.kind) {
    case "said":
      return linesOf(activity.text).flatMap((line) => laidOut(line, ""));
    case "tool_started": {
      const argument = linesOf(activity.argument).join(" ");
      return laidOut(`${style.strong(`> ${harmless(activity.name)}`)} ${argument}`.trimEnd(), "    ");
    }
    case "tool_ended":
      return outputLines(activity.output).flatMap((line) => laidOut(style.faint(`    ${line}`), "    "));
    case "failed":
      return linesOf(activity.text).flatMap((line) => laidOut(style.bad(`! ${line}`), "  "));
    case "tokens_used":
      return [];
    default:
      return activity satisfies never;
  }
}

/** The first lines of a tool's output; the file has all of it. */
function outputLines(output: string): readonly string[] {
  const lines = linesOf(output);
  const rest = lines.length - SHOWN_OUTPUT_LINES;
  if (rest <= 1) return lines;
  return [...lines.slice(0, SHOWN_OUTPUT_LINES), `… ${rest} more lines`];
}

const linesOf = (text: string): readonly string[] =>
  text.trim() === "" ? [] : text.trimEnd().split("\n").map(harmless);
