import type { Clock } from "../core/clock.ts";
import type { EventBody } from "../core/event.ts";
import type { ActivityListener, EffectAction, Perform, PerformContext } from "../core/ports.ts";
import type { RunState } from "../core/run-state.ts";
import type { Graph } from "../graph/graph.ts";
import type { AgentNode, Node, Output } from "../graph/schema.ts";
import { type Redactor, withoutSecrets } from "../process/redact.ts";
import { stepContext } from "../prompts/step-context.ts";
import { loadAnswerTools } from "../recovery/answer-tools.ts";
import type { Clocks } from "../recovery/policy.ts";
import type { RunLayout } from "../store/layout.ts";
import type { AgentDriver } from "./agent-driver.ts";
import type { AgentDeps } from "./agent-process.ts";
import { performBranch } from "./branch.ts";
import { performCompact } from "./compact.ts";
import { performProbe } from "./probe.ts";
import { performReplay } from "./replay.ts";
import type { Validate } from "./script-answer.ts";
import { performScript } from "./script.ts";
import { type Environment, createStepEnvironment } from "./step-environment.ts";
import { createStepRedactor } from "./step-redactor.ts";
import { performTurn } from "./turn.ts";
import { performWait } from "./wait.ts";

export interface PerformerParts {
  readonly graph: Graph;
  readonly clock: Clock;
  readonly clocks: Clocks;
  readonly layout: RunLayout;
  readonly driver: AgentDriver;
  /** What Longhaul was started with; every process of the run inherits it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told of tool calls while a turn runs; absent where nobody looks. */
  readonly onActivity?: ActivityListener | undefined;
}

interface Performing extends PerformerParts {
  readonly environmentOf: (state: RunState) => Environment;
  readonly redactorFor: (environment: Environment) => Redactor;
}

type PerformerTable = {
  readonly [Kind in EffectAction["kind"]]: (
    action: Extract<EffectAction, { kind: Kind }>,
    context: PerformContext,
    parts: Performing,
  ) => Promise<readonly EventBody[]>;
};

/** One line per action: a new kind of node is one more. */
const PERFORMERS: PerformerTable = {
  branch: async (action, context, { graph }) => {
    const node = nodeOfType(graph, action.node, "branch");
    return performBranch(action, context, {
      node,
      context: stepContext(context.state, context.state.visits),
    });
  },
  wait: (action, { signal }, { clock }) => performWait(action, clock, signal),
  script: async (action, context, parts) => {
    const { outputs = [] } = nodeOfType(parts.graph, action.node, "script");
    const environment = parts.environmentOf(context.state);
    const redactor = parts.redactorFor(environment);
    const performed = performScript(action, context, {
      environment,
      workflowDir: parts.graph.directory,
      layout: parts.layout,
      outputs,
      redactor,
      validate: await schemaValidation(outputs),
    });
    return redacted(performed, { redactor });
  },
  turn: (action, context, parts) => {
    const node = nodeOfType(parts.graph, action.node, "agent");
    const { driver, clock, layout } = parts;
    if (driver.kind === "replay")
      return performReplay(action, context, { answers: driver.answers, node, clock, layout });
    const deps = agentDeps(parts, context.state, node);
    return redacted(performTurn(action, context, deps), deps);
  },
  compact: (action, context, parts) => {
    const deps = agentDeps(parts, context.state, nodeOfType(parts.graph, action.node, "agent"));
    return redacted(performCompact(action, context, deps), deps);
  },
  probe: (action, context, parts) => {
    const deps = agentDeps(parts, context.state, nodeOfType(parts.graph, action.node, "agent"));
    return redacted(performProbe(action, context, deps), deps);
  },
};

/** What came of a process, once more without secrets: parsing may have put together what no look at its bytes found. */
async function redacted(
  performed: Promise<readonly EventBody[]>,
  { redactor }: { readonly redactor: Redactor },
): Promise<readonly EventBody[]> {
  return (await performed).map((event) => withoutSecrets(event, redactor));
}

export function createPerform(parts: PerformerParts): Perform {
  const environment = createStepEnvironment(parts.environment, parts.graph);
  const performing: Performing = {
    ...parts,
    environmentOf: (state) => environment(() => stepContext(state, state.visits)),
    redactorFor: createStepRedactor(),
  };
  return (action, context) => {
    // The table has exactly one entry per kind, which the compiler cannot follow through the lookup.
    const perform = PERFORMERS[action.kind] as (
      action: EffectAction,
      context: PerformContext,
      parts: Performing,
    ) => Promise<readonly EventBody[]>;
    return perform(action, context, performing);
  };
}

function nodeOfType<T extends Node["type"]>(graph: Graph, id: string, type: T): Extract<Node, { type: T }> {
  const node = graph.nodes.get(id);
  if (node?.type !== type) throw new Error(`Node ${id} is no ${type}.`);
  return node as Extract<Node, { type: T }>; // compared on the line before
}

function agentDeps(
  parts: Performing,
  state: RunState,
  node: AgentNode,
): AgentDeps & { readonly node: AgentNode } {
  const { driver, layout, clocks, clock, onActivity } = parts;
  if (driver.kind === "replay") throw new Error("A replayed run has no agent process.");
  const environment = parts.environmentOf(state);
  return {
    backend: driver.backend,
    runWideModel: state.model ?? undefined,
    environment,
    redactor: parts.redactorFor(environment),
    layout,
    clocks,
    clock,
    node,
    ...(onActivity === undefined ? {} : { onActivity }),
  };
}

/** Schemas of script outputs are compiled only for nodes that declare one: the library is large. */
async function schemaValidation(outputs: readonly Output[]): Promise<Validate> {
  if (outputs.every((output) => output.schema === undefined)) return () => undefined;
  const tools = await loadAnswerTools();
  return (schema, value) => tools.compile([{ key: "value", schema }])[0]?.check(value);
}
