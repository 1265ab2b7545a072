import { beginning, jsonForScript } from "./escape.ts";
import type { ReportData, ReportEntry, ReportStep, ReportText } from "./report-data.ts";

/** Limit of a page's data, in bytes of JSON. */
const LARGEST_DATA_BYTES = 16 * 1024 * 1024;

interface Bounds {
  readonly textCharacters: number;
  readonly entriesPerStep: number;
  readonly steps: number;
}

const BOUNDS: readonly Bounds[] = [
  { textCharacters: 65_536, entriesPerStep: 400, steps: 10_000 },
  { textCharacters: 16_384, entriesPerStep: 200, steps: 10_000 },
  { textCharacters: 4096, entriesPerStep: 100, steps: 10_000 },
  { textCharacters: 1024, entriesPerStep: 20, steps: 10_000 },
  { textCharacters: 300, entriesPerStep: 6, steps: 5000 },
  { textCharacters: 100, entriesPerStep: 4, steps: 1000 },
];

/** Returns the data as JSON for a script element. Cuts texts and lists as needed, so that the file opens quickly. */
export function fitData(data: ReportData, largestBytes: number = LARGEST_DATA_BYTES): string {
  let json = "";
  for (const bounds of BOUNDS) {
    const steps = newestAndNoteworthy(data.steps, bounds.steps).map((step) => cutStep(step, bounds));
    if (charactersOf(steps) > largestBytes) continue;
    json = jsonForScript({ ...data, steps });
    if (Buffer.byteLength(json) <= largestBytes) return json;
  }
  return json;
}

const charactersOf = (steps: readonly ReportStep[]): number =>
  steps.reduce((sum, step) => sum + textsOf(step).reduce((all, { text }) => all + text.length, 0), 0);

const textsOf = ({ command, output, entries }: ReportStep): readonly ReportText[] =>
  [command, output, ...entries.flatMap(({ prompt, answer }) => [prompt, answer])].filter(
    (text) => text !== null,
  );

/** Keeps noteworthy steps before others, and the order of the steps. */
function newestAndNoteworthy(steps: readonly ReportStep[], most: number): readonly ReportStep[] {
  if (steps.length <= most) return steps;
  const noteworthy = steps.filter(({ outcome }) => outcome !== "genuine").slice(-most);
  const others = steps
    .filter(({ outcome }) => outcome === "genuine")
    .slice(-Math.max(1, most - noteworthy.length));
  return [...noteworthy, ...others].toSorted((left, right) => left.step - right.step);
}

function cutStep(step: ReportStep, { textCharacters, entriesPerStep }: Bounds): ReportStep {
  const first = Math.floor(entriesPerStep / 2);
  const { entries } = step;
  const kept =
    entries.length <= entriesPerStep
      ? entries
      : [...entries.slice(0, first), ...entries.slice(first - entriesPerStep)];
  const cut = (text: ReportText | null): ReportText | null =>
    text === null ? null : { ...text, text: beginning(text.text, textCharacters) };
  const cutEntry = (entry: ReportEntry): ReportEntry => ({
    ...entry,
    prompt: cut(entry.prompt),
    answer: cut(entry.answer),
  });
  return {
    ...step,
    command: cut(step.command),
    output: cut(step.output),
    entries: kept.map(cutEntry),
    entriesLeftOut: entries.length - kept.length,
  };
}
