import type { EventBody } from "../../core/event.ts";
import type { Json } from "../../core/json.ts";
import type { OpenStep, RunState } from "../../core/run-state.ts";
import { chooseBranch } from "../../graph/next-node.ts";
import type { BranchNode } from "../../graph/schema.ts";
import { stepContext } from "../../prompts/step-context.ts";

interface BranchInput {
  readonly state: RunState;
  readonly open: OpenStep;
  readonly node: BranchNode;
}

/**
 * Chooses the branch's target from the context alone. A value that nothing matches stops the run, resumable.
 * @throws TemplateError when an expression of the branch cannot be evaluated.
 */
export function takeBranch({ state, open: { step }, node }: BranchInput): EventBody {
  const choice = chooseBranch(node, stepContext(state, state.visits));
  if (choice.next === undefined) {
    const why = `${node.id}: ${node.path ?? "the value"} is ${excerpt(choice.value)}, which no case, condition or default of the branch matches.`;
    return { type: "run.stopped", exit_code: 6, why, node: node.id, step };
  }
  return {
    type: "step.finished",
    step,
    node: node.id,
    outputs: {},
    sources: {},
    set: {},
    next: state.return_to ?? choice.next,
    branch: { path: node.path ?? "", value: choice.value, next: choice.next, how: choice.how },
    duration_ms: 0,
  };
}

const EXCERPT_CHARACTERS = 200;

function excerpt(value: Json): string {
  const text = JSON.stringify(value);
  return text.length <= EXCERPT_CHARACTERS ? text : `${text.slice(0, EXCERPT_CHARACTERS)}...`;
}
