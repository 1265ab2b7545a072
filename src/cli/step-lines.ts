import type { Json } from "../core/json.ts";
import type { AttemptText, ContextChange, StepDetail } from "../runs/read-history.ts";
import { sourceText, stepLines } from "./history-lines.ts";
import { harmless, type Layout, type Style } from "./style.ts";
import { wrap } from "./text-width.ts";

/** Formats one step with its texts: the prompt, the answer, and the changes to the context. Pure. */
export function detailLines(detail: StepDetail, layout: Layout): readonly string[] {
  const { style, columns } = layout;
  const { history, task, command, cwd, attempts, changes } = detail;
  const heading = (text: string) => ["", style.strong(text)];
  const asked = task ?? attempts[0]?.prompt ?? null;
  const lines = [
    ...(asked === null ? [] : [...heading("prompt"), ...indented(asked)]),
    ...(command === null ? [] : [...heading("command"), ...indented(command.join(" "))]),
    ...(cwd === null ? [] : [`    in ${cwd}`]),
    ...attempts.flatMap((attempt) => attemptLines(attempt, { first: asked, style })),
    ...(detail.outputs === null ? [] : [...heading("answer"), ...indented(pretty(detail.outputs))]),
    ...heading("context"),
    ...(changes.length === 0 ? ["    unchanged"] : changes.flatMap((change) => changeLines(change, style))),
  ];
  const texts = lines.flatMap((line) => wrap(line, { columns, indent: TEXT_INDENT }));
  return [...stepLines(history, layout), ...texts];
}

const TEXT_INDENT = "    ";

/** Empty for an attempt that adds nothing new. */
function attemptLines(
  { attempt, prompt, outputs, failure }: AttemptText,
  { first, style }: { readonly first: string | null; readonly style: Style },
): readonly string[] {
  const lines = [
    ...(prompt === null || prompt === first ? [] : indented(prompt)),
    ...(failure === null
      ? []
      : indented(`${failure.class}/${failure.reason}: ${failure.message}`, style.bad)),
    ...(failure !== null && "stderr_tail" in failure && failure.stderr_tail !== undefined
      ? indented(failure.stderr_tail)
      : []),
    ...(failure?.remedy === undefined ? [] : indented(failure.remedy)),
    ...(outputs === null || attempt === 1 ? [] : indented(pretty(outputs))),
  ];
  return lines.length === 0 ? [] : ["", style.strong(`attempt ${attempt}`), ...lines];
}

function changeLines({ key, before, after, source }: ContextChange, style: Style): readonly string[] {
  const note = source === undefined || after === undefined ? "" : `  (${sourceText(source)})`;
  return [
    ...(before === undefined ? [] : [style.bad(`  - ${key}: ${oneLine(before)}`)]),
    ...(after === undefined ? [] : [style.good(`  + ${key}: ${oneLine(after)}`) + style.faint(note)]),
  ];
}

const pretty = (value: Json): string => JSON.stringify(value, null, 2);

const oneLine = (value: Json): string => harmless(JSON.stringify(value));

/** `harmless` would escape our own colours too, so they are added after it. */
const indented = (text: string, paint = (line: string) => line): readonly string[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => `${TEXT_INDENT}${paint(harmless(line))}`);
