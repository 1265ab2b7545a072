import type { JournalEvent } from "../core/event.ts";
import { beginning } from "./escape.ts";
import type { ReportText } from "./report-data.ts";

/** The texts of one step that a report may show. */
export interface StepTexts {
  readonly prompts: ReadonlyMap<number, ReportText>;
  readonly answers: ReadonlyMap<number, ReportText>;
  readonly command: ReportText | null;
  readonly output: ReportText | null;
}

/** Longer texts are cut while a journal is read; in UTF-16 units. */
export const LONGEST_TEXT = 64 * 1024;

/** Collects the texts of the open step. `folder` is the step's folder below the run directory. */
export function collectTexts(folder: string): { event(event: JournalEvent): void; texts: StepTexts } {
  const prompts = new Map<number, ReportText>();
  const answers = new Map<number, ReportText>();
  const texts: { -readonly [Key in keyof StepTexts]: StepTexts[Key] } = {
    prompts,
    answers,
    command: null,
    output: null,
  };
  return {
    texts,
    event: (event) => {
      switch (event.type) {
        case "step.started":
          texts.command = commandText(event, folder);
          break;
        case "attempt.started":
          if (event.prompt !== undefined)
            prompts.set(
              event.attempt,
              cut(event.prompt, `${attemptFolder(folder, event.attempt)}/prompt.md`),
            );
          break;
        case "attempt.finished":
          answers.set(
            event.attempt,
            cut(
              JSON.stringify(event.outputs, null, 2),
              `${attemptFolder(folder, event.attempt)}/result.json`,
            ),
          );
          break;
        case "step.finished": {
          const values = { ...event.outputs, ...event.set };
          if (Object.keys(values).length > 0)
            texts.output = cut(JSON.stringify(values, null, 2), `${folder}/output.json`);
          break;
        }
        default:
      }
    },
  };
}

function commandText(
  event: Extract<JournalEvent, { type: "step.started" }>,
  folder: string,
): ReportText | null {
  if (event.command === undefined) return null;
  const { file, args } = event.command;
  return cut([file, ...args].join("\n"), `${folder}/command.txt`);
}

export const attemptFolder = (folder: string, attempt: number): string =>
  `${folder}/attempts/${String(attempt).padStart(2, "0")}`;

const cut = (text: string, file: string): ReportText => ({
  text: beginning(text, LONGEST_TEXT),
  characters: text.length,
  file,
});
