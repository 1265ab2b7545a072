import type { EventOf } from "../../core/event.ts";
import type { Failure } from "../../core/failure.ts";
import type { JsonObject } from "../../core/json.ts";
import type { OpenStep, RunState } from "../../core/run-state.ts";
import { withEntries } from "../../core/shared-record.ts";
import type { Source } from "../../core/vocabulary.ts";
import type { AgentNode, ScriptNode } from "../../graph/schema.ts";
import { evaluateDeep } from "../../prompts/expression.ts";
import { stepContext, taintOf } from "../../prompts/step-context.ts";

type StepFinished = EventOf<"step.finished">;
type WorkNode = AgentNode | ScriptNode;

interface FinishInput {
  readonly state: RunState;
  readonly open: OpenStep;
  readonly node: WorkNode;
  readonly nowMs: number;
}

/** Ends an answered step: its outputs with their sources, its assignments and the next node. */
export function finishAnswered(
  input: FinishInput,
  answer: { readonly outputs: JsonObject; readonly sources: Readonly<Record<string, Source>> },
): StepFinished {
  const { state, open, node } = input;
  const taint = taintOf(open.reads, state.sources);
  const sources: Record<string, Source> = {};
  for (const [key, source] of Object.entries(answer.sources)) {
    sources[key] = { ...source, tainted_by: union(source.tainted_by, taint) };
  }
  const assigned = assign(input, answer.outputs, sources);
  // A default in the recorded run remains a default in its replay.
  const defaulted = Object.keys(answer.outputs).filter((key) => sources[key]?.source === "default");
  return {
    type: "step.finished",
    step: open.step,
    node: node.id,
    outputs: answer.outputs,
    sources: { ...sources, ...assigned.sources },
    set: assigned.values,
    ...(defaulted.length > 0 && { defaulted }),
    ...unsetOf(missingOptionalKeys(node, answer.outputs)),
    next: state.return_to ?? node.next,
    duration_ms: durationMs(input),
  };
}

/** Optional keys that the answer lacks. They are unset, or the values of an earlier visit would pass for this step's. */
const missingOptionalKeys = (node: WorkNode, outputs: JsonObject): string[] =>
  (node.outputs ?? []).map(({ key }) => key).filter((key) => !Object.hasOwn(outputs, key));

const unsetOf = (unset: string[]): { unset?: string[] } => (unset.length === 0 ? {} : { unset });

/**
 * Ends a step without a usable answer as `on_exhausted` says: with the declared defaults, labelled as such, or without
 * any value at another node.
 */
export function finishExhausted(input: FinishInput, failure: Failure, onExhausted: string): StepFinished {
  const { state, open, node } = input;
  const common = {
    type: "step.finished",
    step: open.step,
    node: node.id,
    failure,
    duration_ms: durationMs(input),
  } as const;
  if (onExhausted !== "default") {
    const unset = (node.outputs ?? []).map((output) => output.key);
    return { ...common, outputs: {}, sources: {}, set: {}, unset, next: state.return_to ?? onExhausted };
  }
  const declared = (node.outputs ?? []).filter((output) => !output.optional || output.default !== undefined);
  const outputs = Object.fromEntries(declared.map((output) => [output.key, output.default ?? null]));
  const taint = taintOf(open.reads, state.sources);
  const source: Source = { source: "default", tainted_by: taint };
  const sources = Object.fromEntries(declared.map((output) => [output.key, source]));
  const assigned = assign(input, outputs, sources);
  return {
    ...common,
    outputs,
    sources: { ...sources, ...assigned.sources },
    set: assigned.values,
    defaulted: Object.keys(outputs),
    next: state.return_to ?? node.next,
  };
}

/** Evaluates the node's `set` after its outputs are in the context. Each value inherits the taint of the keys it read. */
function assign(
  { state, node }: FinishInput,
  outputs: JsonObject,
  sources: Readonly<Record<string, Source>>,
): { readonly values: JsonObject; readonly sources: Readonly<Record<string, Source>> } {
  const entries = Object.entries(node.set ?? {});
  if (entries.length === 0) return { values: {}, sources: {} };
  const after: RunState = {
    ...state,
    context: withEntries(state.context, outputs),
    sources: withEntries(state.sources, sources),
  };
  const context = stepContext(after, state.visits);
  const assigned = entries.map(([key, expression]) => {
    const { value, reads } = evaluateDeep(expression, context);
    return { key, value, source: { source: "script", tainted_by: taintOf(reads, after.sources) } as const };
  });
  return {
    values: Object.fromEntries(assigned.map(({ key, value }) => [key, value])),
    sources: Object.fromEntries(
      assigned.map(({ key, source }) => [key, { ...source, tainted_by: [...source.tainted_by] }]),
    ),
  };
}

const durationMs = ({ open, nowMs }: FinishInput): number => Math.max(0, nowMs - Date.parse(open.started_at));

const union = (left: readonly string[], right: readonly string[]): string[] =>
  [...new Set([...left, ...right])].sort();
