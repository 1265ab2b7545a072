import type { ReplayFile, WrittenAnswer } from "../backends/replay/schema.ts";

/** More corrective turns and reframes than any policy asks for. */
const SPARE_ATTEMPTS = 15;
/** A disturbed graph may go round more often than the undisturbed one; the step limit bounds it. */
const SPARE_VISITS = 30;
const LONG_TURN_MS = 600_000;

/** What is put into the answers, and where. */
export interface Disturbance {
  readonly node: string;
  readonly visit: number;
  /** `long`: the right answer after so long that it never comes. */
  readonly with: WrittenAnswer | "long";
  /** Every attempt of the visit, not the first alone. */
  readonly lasting: boolean;
}

/**
 * The text of a replay file with the same answers, one of them disturbed on request. Delays are left out. A visit after
 * the last written one gets the newest answer again. Pure.
 */
export function replayText(file: ReplayFile, disturbance?: Disturbance): string {
  const nodes = Object.entries(file).map(([node, answers]) => [
    node,
    disturbance?.node === node ? disturbed(answers, disturbance) : calm(answers),
  ]);
  return `${JSON.stringify(Object.fromEntries(nodes))}\n`;
}

type NodeAnswers = ReplayFile[string];
type Attempts = WrittenAnswer | readonly WrittenAnswer[];

function calm(answers: NodeAnswers): unknown {
  return Array.isArray(answers) ? padded(answers, SPARE_VISITS).map(attemptsJson) : answerJson(answers);
}

function disturbed(answers: NodeAnswers, { visit, with: injected, lasting }: Disturbance): unknown {
  const written: readonly Attempts[] = Array.isArray(answers) ? answers : [answers];
  const visits = padded(written, Math.max(0, visit - written.length) + SPARE_VISITS);
  return visits.map((attempts, index) => {
    if (index !== visit - 1) return attemptsJson(attempts);
    const good = padded(Array.isArray(attempts) ? attempts : [attempts], SPARE_ATTEMPTS);
    if (injected === "long") return good.map((answer) => answerJson(answer, LONG_TURN_MS));
    return lasting ? answerJson(injected) : [injected, ...good].map((answer) => answerJson(answer));
  });
}

function attemptsJson(attempts: Attempts): unknown {
  if (!Array.isArray(attempts)) return answerJson(attempts as WrittenAnswer); // no list, which Array.isArray cannot tell of read-only ones
  return padded(attempts as readonly WrittenAnswer[], SPARE_ATTEMPTS).map((answer) => answerJson(answer));
}

function padded<Item>(items: readonly Item[], spare: number): readonly Item[] {
  const last = items.at(-1);
  return last === undefined ? items : [...items, ...Array.from({ length: spare }, () => last)];
}

/** As a person writes it. */
function answerJson(answer: WrittenAnswer, delayMs = 0): object {
  const delay = delayMs === 0 ? {} : { delay: `${delayMs}ms` };
  if ("output" in answer) return { output: answer.output, ...delay };
  if ("text" in answer) return { text: answer.text, ...delay };
  const { failure, resetsInMs } = answer.failure;
  const resets = resetsInMs === undefined ? {} : { resets_in: `${resetsInMs}ms` };
  return { failure: { ...failure, ...resets }, ...delay };
}
