import type { BranchAction } from "../core/action.ts";
import type { EventBody } from "../core/event.ts";
import type { Json, JsonObject } from "../core/json.ts";
import type { PerformContext } from "../core/ports.ts";
import { chooseBranch } from "../graph/next-node.ts";
import type { BranchNode } from "../graph/schema.ts";
import { templateStop } from "../prompts/template-stop.ts";

interface BranchInput {
  readonly node: BranchNode;
  readonly context: JsonObject;
}

/** Chooses where a branch leads from the context alone; a value that matches nothing stops the run, resumable. */
export function performBranch(
  action: BranchAction,
  { state }: PerformContext,
  input: BranchInput,
): readonly EventBody[] {
  try {
    return [choose(action, state.return_to, input)];
  } catch (error) {
    return [templateStop(error, action)];
  }
}

function choose({ step }: BranchAction, returnTo: string | null, { node, context }: BranchInput): EventBody {
  const choice = chooseBranch(node, context);
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
    next: returnTo ?? choice.next,
    branch: { path: node.path ?? "", value: choice.value, next: choice.next, how: choice.how },
    duration_ms: 0,
  };
}

const EXCERPT_CHARACTERS = 200;

function excerpt(value: Json): string {
  const text = JSON.stringify(value);
  return text.length <= EXCERPT_CHARACTERS ? text : `${text.slice(0, EXCERPT_CHARACTERS)}...`;
}
