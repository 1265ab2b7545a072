import type { ReplayFile, WrittenAnswer } from "../backends/replay/schema.ts";

/** More than the corrective turns and reframes that a policy allows. */
const SPARE_ATTEMPTS = 15;
/** A disturbed graph may loop more often than the undisturbed one; the step limit bounds it. */
const SPARE_VISITS = 30;
const LONG_TURN_MS = 600_000;

/** The answer to inject, and the visit that gets it. */
export interface Disturbance {
  readonly node: string;
  readonly visit: number;
  /** `long`: the right answer, delayed past every clock, so that the turn can be cut. */
  readonly with: WrittenAnswer | "long";
  /** True for every attempt of the visit, false for the first alone. */
  readonly lasting: boolean;
}

/**
 * Writes the answers as a replay file, with one of them disturbed if asked. Leaves out delays. A visit after the last
 * written one repeats the newest answer. Pure.
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
  if (!Array.isArray(attempts)) return answerJson(attempts as WrittenAnswer); // Array.isArray does not narrow read-only arrays
  return padded(attempts as readonly WrittenAnswer[], SPARE_ATTEMPTS).map((answer) => answerJson(answer));
}

function padded<Item>(items: readonly Item[], spare: number): readonly Item[] {
  const last = items.at(-1);
  return last === undefined ? items : [...items, ...Array.from({ length: spare }, () => last)];
}

/** The answer in the syntax of `replay.yaml`. */
function answerJson(answer: WrittenAnswer, delayMs = 0): object {
  const delay = delayMs === 0 ? {} : { delay: `${delayMs}ms` };
  if ("output" in answer) return { output: answer.output, ...delay };
  if ("text" in answer) return { text: answer.text, ...delay };
  const { failure, resetsInMs } = answer.failure;
  const resets = resetsInMs === undefined ? {} : { resets_in: `${resetsInMs}ms` };
  return { failure: { ...failure, ...resets }, ...delay };
}
