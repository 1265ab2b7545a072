import type { WrittenAnswer } from "../backends/replay/schema.ts";
import type { Json } from "../core/json.ts";
import type { AgentNode } from "../graph/schema.ts";
import type { AnswerTools, CheckedOutput } from "../recovery/answer-tools.ts";

/** An unusable answer, and what is wrong with it. */
export interface BadAnswer {
  readonly what: string;
  readonly answer: WrittenAnswer;
}

/** Nearly every schema rejects at least one of these. */
const MISFITS: readonly Json[] = [null, 0, "", "chaos", [], {}, true];

/** Returns answers that the node's declared outputs reject. Without declared outputs, only an empty answer is bad. */
export function badAnswersFor(node: AgentNode, tools: Pick<AnswerTools, "compile">): readonly BadAnswer[] {
  const outputs = tools.compile(node.outputs ?? []);
  const required = outputs.filter(({ optional }) => !optional);
  return [
    { what: "empty", answer: { text: "", delay: undefined } },
    ...(outputs.length > 0
      ? [{ what: "no JSON", answer: { text: "I would rather not.", delay: undefined } }]
      : []),
    ...(required.length > 0 ? [{ what: "missing key", answer: { output: {} } }] : []),
    ...againstSchema(outputs),
  ];
}

function againstSchema(outputs: readonly CheckedOutput[]): readonly BadAnswer[] {
  const values = outputs.map(({ key, check }) => {
    const misfit = MISFITS.find((value) => check(value) !== undefined);
    return { key, value: misfit ?? null, isWrong: misfit !== undefined };
  });
  if (!values.some(({ isWrong }) => isWrong)) return [];
  const output = Object.fromEntries(values.map(({ key, value }) => [key, value]));
  return [{ what: "against its schema", answer: { output } }];
}
