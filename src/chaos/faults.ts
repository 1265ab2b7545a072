import type { WrittenAnswer } from "../backends/replay/schema.ts";
import type { Failure } from "../core/failure.ts";
import type { BadAnswer } from "./bad-answers.ts";
import type { Fault, Injection, ScriptAct, Target } from "./case.ts";

const HOUR_MS = 3_600_000;
/** Well inside the turn, because `long-turn` makes it far longer. */
const MIDDLE_MS = 300;

const failing = (failure: Failure, resetsInMs?: number): Injection => ({
  kind: "answer",
  answer: { failure: { failure, resetsInMs } },
});
const MESSAGE = { message: "Injected by longhaul chaos." } as const;
const NETWORK = failing({ class: "transient", reason: "network", ...MESSAGE });
const TIMEOUT = failing({ class: "timeout", reason: "turn_clock", ...MESSAGE });
const OVERFLOW = failing({ class: "overflow", reason: "context", ...MESSAGE });

const LONG_TURN: Injection = { kind: "long-turn" };
const AFTER: Fault = {
  label: "killed right after it",
  expects: "cut",
  inject: { kind: "none" },
  cut: { signal: "SIGKILL", when: "finished", delayMs: 0 },
};

const AGENT_FAULTS: readonly Fault[] = [
  { label: "killed at its start", expects: "cut", inject: LONG_TURN, cut: onAttempt("SIGKILL", 0) },
  { label: "killed in the middle", expects: "cut", inject: LONG_TURN, cut: onAttempt("SIGKILL", MIDDLE_MS) },
  { label: "stopped by SIGTERM", expects: "cut", inject: LONG_TURN, cut: onAttempt("SIGTERM", MIDDLE_MS) },
  { label: "network fails once", expects: "passing", inject: NETWORK },
  { label: "network down for hours", expects: "outage", inject: NETWORK },
  {
    label: "weekly cap",
    expects: "outage",
    inject: failing({ class: "cap", reason: "weekly", ...MESSAGE }, 3 * HOUR_MS),
  },
  {
    label: "login refused",
    expects: "outage",
    inject: failing({ class: "auth", reason: "rejected", ...MESSAGE }),
  },
  {
    label: "model unknown",
    expects: "outage",
    inject: failing({ class: "config", reason: "unknown_model", ...MESSAGE }),
  },
  { label: "turn times out once", expects: "once", inject: TIMEOUT },
  { label: "every turn times out", expects: "lasting", inject: TIMEOUT },
  { label: "context overflows once", expects: "once", inject: OVERFLOW },
  { label: "context always overflows", expects: "lasting", inject: OVERFLOW },
];

function onAttempt(signal: "SIGKILL" | "SIGTERM", delayMs: number): NonNullable<Fault["cut"]> {
  return { signal, when: "attempt", delayMs };
}

const act = (name: ScriptAct): Injection => ({ kind: "script", act: name });
const paused = (signal: "SIGKILL" | "SIGTERM"): NonNullable<Fault["cut"]> => ({
  signal,
  when: "paused",
  delayMs: 0,
});

const SCRIPT_FAULTS: readonly Fault[] = [
  { label: "killed at its start", expects: "cut", inject: act("pause-before"), cut: paused("SIGKILL") },
  {
    label: "killed, work done, unrecorded",
    expects: "cut",
    inject: act("pause-after"),
    cut: paused("SIGKILL"),
  },
  { label: "stopped by SIGTERM", expects: "cut", inject: act("pause-after"), cut: paused("SIGTERM") },
  { label: '"not now" once (exit 75)', expects: "passing", inject: act("not-now") },
  { label: '"not now" for hours', expects: "outage", inject: act("not-now") },
  { label: "exits with 1", expects: "lasting", inject: act("exit") },
  { label: "hangs until its timeout", expects: "lasting", inject: act("hang") },
];
const FAILS_ONCE: Fault = { label: "exits with 1 once", expects: "once", inject: act("exit") };
const NO_JSON: Fault = { label: "prints no JSON", expects: "lasting", inject: act("no-json") };

/** Which faults fit a node. */
export interface NodeTraits {
  /** Answers that its declared outputs reject. */
  readonly badAnswers: readonly BadAnswer[];
  /** A script with `retry`. */
  readonly retries: boolean;
  /** A script that must print JSON. */
  readonly answers: boolean;
}

/** Returns all faults of one step. `random` picks one kind of answer that stays bad. Pure apart from `random`. */
export function faultsOf(target: Target, traits: NodeTraits, random: () => number): readonly Fault[] {
  const after = target.isLast ? [AFTER] : [];
  if (target.type === "agent") return [...AGENT_FAULTS, ...answerFaults(traits.badAnswers, random), ...after];
  return [
    ...SCRIPT_FAULTS,
    ...(traits.retries ? [FAILS_ONCE] : []),
    ...(traits.answers ? [NO_JSON] : []),
    ...after,
  ];
}

function answerFaults(bad: readonly BadAnswer[], random: () => number): readonly Fault[] {
  const once = bad.map(({ what, answer }) =>
    badAnswer(`one bad answer: ${what}`, { expects: "once", answer }),
  );
  const chosen = bad[Math.floor(random() * bad.length)];
  if (chosen === undefined) return once;
  const { what, answer } = chosen;
  return [...once, badAnswer(`every answer bad: ${what}`, { expects: "lasting", answer })];
}

interface Answered {
  readonly expects: Fault["expects"];
  readonly answer: WrittenAnswer;
}

const badAnswer = (label: string, { expects, answer }: Answered): Fault => ({
  label,
  expects,
  inject: { kind: "answer", answer },
});
