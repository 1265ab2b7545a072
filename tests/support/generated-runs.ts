import * as fc from "fast-check";
import { type Failure, failureSchema } from "../../src/core/failure.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { START_MS, type Outcome } from "./scripted-ports.ts";
import type { GraphSketch, SceneSketch } from "./scripted-run.ts";

/** Generators of small graphs, of their performers' results, and of policies. */

const classes = failureSchema.options.map((option) => option.shape.class.value);

/** Every class, with every one of its reasons. */
export const failures: fc.Arbitrary<Failure> = fc.constantFrom(...classes).chain((name) => failureOf(name));

export function failureOf(name: Failure["class"]): fc.Arbitrary<Failure> {
  const message = fc.constant(`It was ${name}.`);
  switch (name) {
    case "transient": {
      const reason = fc.constantFrom("server_error", "silence", "no_first_event", "network" as const);
      return fc
        .record({ class: fc.constant(name), reason, message, retry_after_ms: some(fc.nat(90_000)) })
        .map(known);
    }
    case "cap": {
      const resets_at_ms = some(fc.integer({ min: START_MS - 60_000, max: START_MS + 3_600_000 }));
      return fc
        .record({ class: fc.constant(name), reason: fc.constant("usage" as const), message, resets_at_ms })
        .map(known);
    }
    case "auth": {
      const reason = fc.constantFrom("no_login", "rejected" as const);
      return fc
        .record({ class: fc.constant(name), reason, message, login_changed: some(fc.boolean()) })
        .map(known);
    }
    case "overflow":
      return fc.record({
        class: fc.constant(name),
        reason: fc.constantFrom("context", "prompt" as const),
        message,
      });
    case "answer":
      return fc.record({
        class: fc.constant(name),
        reason: fc.constantFrom("empty", "no_json", "refusal" as const),
        message,
      });
    case "config":
      return fc.record({
        class: fc.constant(name),
        reason: fc.constantFrom("unknown_model", "cli_missing" as const),
        message,
      });
    case "timeout":
      return fc.record({ class: fc.constant(name), reason: fc.constant("turn_clock" as const), message });
    case "session_lost":
      return fc.record({
        class: fc.constant(name),
        reason: fc.constant("unknown_session" as const),
        message,
      });
    case "script":
      return fc.record({
        class: fc.constant(name),
        reason: fc.constantFrom("exit_code", "no_json" as const),
        message,
      });
    default:
      return name satisfies never;
  }
}

const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

/** As JSON would store it: no key without a value. */
const known = (failure: object): Failure => failureSchema.parse(JSON.parse(JSON.stringify(failure)));

const circumstances = fc.record(
  {
    tookMs: fc.nat(120_000),
    sessionId: fc.constantFrom("s-1", "s-2"),
    promptStored: fc.boolean(),
  },
  { requiredKeys: [] },
);

/** Includes keys and values that JSON and object literals treat differently. */
const strange = fc
  .constantFrom('{"__proto__":{"a":1}}', '[{"__proto__":null}]')
  .map((text) => JSON.parse(text));
const outputs: fc.Arbitrary<JsonObject> = fc
  .dictionary(
    fc.constantFrom("k0", "k1", "k2"),
    fc.oneof({ weight: 20, arbitrary: fc.jsonValue({ maxDepth: 2 }) }, strange),
    { maxKeys: 2 },
  )
  .map((value) => JSON.parse(JSON.stringify(value)));

const ends: fc.Arbitrary<Outcome> = fc.oneof(
  fc.record({ kind: fc.constant("answer" as const) }),
  fc.record({ kind: fc.constant("answer" as const), outputs }),
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("failure" as const), failure: failures }) },
  fc.record({ kind: fc.constant("cut" as const), progressed: fc.boolean() }),
);

export const outcomes = fc.array(
  fc.tuple(circumstances, ends).map(([around, end]): Outcome => ({ ...around, ...end })),
  { maxLength: 25 },
);

const small = (max: number) => fc.nat(max).map(String);
export const environments = fc.record(
  {
    AGENT_MAX_OUTPUT_RETRIES: small(2),
    AGENT_MAX_INVOKE_RETRIES: small(3),
    AGENT_RETRY_WAIT_BUDGET_S: small(120),
    AGENT_MAX_COMPACT_ATTEMPTS: small(2),
    AGENT_MAX_REPHRASE_ATTEMPTS: small(3),
    AGENT_USE_DEFAULT_OUTPUTS: fc.constantFrom("true", "false"),
    AGENT_MAX_CAP_WAITS: small(2),
    AGENT_CAP_PROBE_S: fc.constantFrom("0", "300"),
    AGENT_MAX_INTERRUPTIONS: small(4),
  },
  { requiredKeys: [] },
);

const IDS = ["n0", "n1", "n2"] as const;
const target = fc.constantFrom(...IDS, "done", "gave_up");

type Sketch = GraphSketch["nodes"][number];

/** Every node may run at most twice, so each run of such a graph ends. */
const bounded = { max_visits: 2, on_max_visits: "done" };

/** Fields as in a file: those without a value are absent. */
const present = (fields: object): JsonObject => JSON.parse(JSON.stringify(fields));

function node(index: number): fc.Arbitrary<Sketch> {
  const id = `n${index}`;
  const key = `k${index}`;
  const output = fc.constantFrom<JsonObject>({ key }, { key, default: { flag: "given" } });
  const on_exhausted = fc.constantFrom("default", "fail", "gave_up", undefined);
  const set = fc.constantFrom<JsonObject | undefined>(undefined, { [`s${index}`]: `{{ ${key}.flag }}` });
  const common = { next: target, on_exhausted, set, outputs: fc.tuple(output) };
  return fc.oneof(
    fc.record(common).map((fields): Sketch => ({
      ...present(fields),
      ...bounded,
      id,
      type: "agent",
      prompt: `${id}.md`,
      timeout: "5m",
    })),
    fc.record({ ...common, times: fc.nat(2) }).map(({ times, ...fields }): Sketch => ({
      ...present(fields),
      ...bounded,
      id,
      type: "script",
      script: "run.sh",
      args: ["{{ k0.flag }}", "{{ s1 }}"],
      retry: { times, backoff: "2s" },
    })),
    fc.record({ genuine: target, other: target }).map(({ genuine, other }): Sketch => ({
      ...bounded,
      id,
      type: "branch",
      path: "k0.flag",
      cases: { genuine },
      default: other,
    })),
  );
}

const prompts = { n0: "{{ k1 }} {{ s2 }}", n1: "{{ k0.flag }}", n2: "{{ s1 }} {{ k0 }}" };

export const scenes: fc.Arbitrary<SceneSketch> = fc
  .record({
    work: fc.tuple(node(0), node(1), node(2)),
    environment: environments,
    backend: fc.record({
      canCompact: fc.boolean(),
      canChooseSessionId: fc.boolean(),
      canProbe: fc.boolean(),
    }),
  })
  .map(({ work, environment, backend }) => ({
    nodes: [...work, { id: "done", type: "terminal" }, { id: "gave_up", type: "fail" }],
    prompts,
    environment,
    backend,
  }));
