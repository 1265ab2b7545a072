import type { Clock } from "../core/clock.ts";
import type { EventBody } from "../core/event.ts";
import type { ActivityListener } from "../core/ports.ts";
import type { Effect } from "../engine/effect.ts";
import type { Perform } from "../engine/ports.ts";
import type { Output } from "../graph/schema.ts";
import { type Redactor, withoutSecrets } from "../process/redact.ts";
import { loadAnswerTools } from "../recovery/answer-tools.ts";
import type { Clocks } from "../recovery/policy.ts";
import type { AgentDriver } from "./agent-driver.ts";
import type { AgentDeps } from "./agent-process.ts";
import { performCompact } from "./compact.ts";
import { performProbe } from "./probe.ts";
import { performReplay } from "./replay.ts";
import type { Validate } from "./script-answer.ts";
import { performScript } from "./script.ts";
import { type Environment, createStepEnvironment } from "./step-environment.ts";
import { createStepRedactor } from "./step-redactor.ts";
import { performTurn } from "./turn.ts";
import { performWait } from "./wait.ts";

/** What all effects in one process share. */
export interface PerformerParts {
  readonly clock: Clock;
  readonly clocks: Clocks;
  readonly driver: AgentDriver;
  /** Longhaul's own environment, which every process of the run inherits. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Receives tool calls while a turn runs; absent when nothing displays them. */
  readonly onActivity?: ActivityListener | undefined;
}

interface Performing extends PerformerParts {
  readonly signal: AbortSignal;
  readonly environmentOf: (own: Environment) => Environment;
  readonly redactorFor: (environment: Environment) => Redactor;
}

type PerformerTable = {
  readonly [Kind in Effect["kind"]]: (
    effect: Extract<Effect, { kind: Kind }>,
    parts: Performing,
  ) => Promise<readonly EventBody[]>;
};

/** One line per kind of effect. */
const PERFORMERS: PerformerTable = {
  wait: (effect, { clock, signal }) => performWait(effect, clock, signal),
  script: async (effect, parts) => {
    const environment = parts.environmentOf(effect.environment);
    const redactor = parts.redactorFor(environment);
    const validate = await schemaValidation(effect.outputs);
    return redacted(performScript(effect, parts.signal, { environment, redactor, validate }), redactor);
  },
  turn: (effect, parts) => {
    const { driver, clock, signal } = parts;
    if (driver.kind === "replay") return performReplay(effect, signal, { answers: driver.answers, clock });
    const deps = agentDeps(effect, parts);
    return redacted(performTurn(effect, signal, deps), deps.redactor);
  },
  compact: (effect, parts) => {
    const deps = agentDeps(effect, parts);
    return redacted(performCompact(effect, parts.signal, deps), deps.redactor);
  },
  probe: (effect, parts) => {
    const deps = agentDeps(effect, parts);
    return redacted(performProbe(effect, parts.signal, deps), deps.redactor);
  },
};

/** Redacts the events once more, because parsing may have joined a secret that the search in the bytes missed. */
async function redacted(
  performed: Promise<readonly EventBody[]>,
  redactor: Redactor,
): Promise<readonly EventBody[]> {
  return (await performed).map((event) => withoutSecrets(event, redactor));
}

export function createPerform(parts: PerformerParts): Perform {
  const shared = {
    ...parts,
    environmentOf: createStepEnvironment(parts.environment),
    redactorFor: createStepRedactor(),
  };
  return (effect, signal) => {
    // The table has exactly one entry per kind, but the compiler cannot infer that from the lookup.
    const perform = PERFORMERS[effect.kind] as (
      effect: Effect,
      parts: Performing,
    ) => Promise<readonly EventBody[]>;
    return perform(effect, { ...shared, signal });
  };
}

function agentDeps(effect: { readonly environment: Environment }, parts: Performing): AgentDeps {
  const { driver, clocks, clock, onActivity } = parts;
  if (driver.kind === "replay") throw new Error("A replayed run has no agent process.");
  const environment = parts.environmentOf(effect.environment);
  const redactor = parts.redactorFor(environment);
  const { backend } = driver;
  return { backend, environment, redactor, clocks, clock, ...(onActivity && { onActivity }) };
}

/** Compiles schemas of script outputs only for nodes that declare one, because the library is large. */
async function schemaValidation(outputs: readonly Output[]): Promise<Validate> {
  if (outputs.every((output) => output.schema === undefined)) return () => undefined;
  const tools = await loadAnswerTools();
  return (schema, value) => tools.compile([{ key: "value", schema }])[0]?.check(value);
}
