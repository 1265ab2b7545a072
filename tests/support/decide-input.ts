import type { Failure } from "../../src/core/failure.ts";
import type { Recovery } from "../../src/core/run-state.ts";
import { freshRecovery } from "../../src/engine/reduce/initial-state.ts";
import { decide, type DecideInput } from "../../src/recovery/decide.ts";
import { readPolicy } from "../../src/recovery/policy.ts";

/** Inputs of the ladder's decision, and one failure of each kind. */

export const nowMs = Date.parse("2026-01-01T00:00:00.000Z");
export const minuteMs = 60_000;
export const policy = readPolicy({}, false);

export interface Case extends Partial<Omit<DecideInput, "open">> {
  readonly recovery?: Partial<Recovery>;
  readonly open?: Partial<DecideInput["open"]>;
}

/** By default a step whose session contains the prompt, in a run whose environment has worked before. */
export const inputOf = ({ recovery, open, ...rest }: Case): DecideInput => ({
  failure: answer,
  during: "turn",
  promptCharacters: 100,
  open: {
    kind: "agent",
    recovery: { ...freshRecovery(), ...recovery },
    prompt_stored: true,
    session: { number: 1, id: "s-1" },
    ...open,
  },
  scriptRetry: { times: 0, backoffMs: 10_000 },
  policy,
  canCompact: true,
  firstStepEver: false,
  nowMs,
  jitter: 0.5,
  ...rest,
});

export const verdict = (given: Case) => decide(inputOf(given));

export const message = "Something happened.";
export const answer = { class: "answer", reason: "no_json", message } as const satisfies Failure;
export const timeout = { class: "timeout", reason: "turn_clock", message } as const satisfies Failure;
export const overflow = { class: "overflow", reason: "context", message } as const satisfies Failure;
export const tooLong = { class: "overflow", reason: "prompt", message } as const satisfies Failure;
export const transient = { class: "transient", reason: "server_error", message } as const satisfies Failure;
export const cap = { class: "cap", reason: "session", message } as const satisfies Failure;
export const auth = { class: "auth", reason: "rejected", message } as const satisfies Failure;
export const rotated = { ...auth, login_changed: true } as const satisfies Failure;
export const config = { class: "config", reason: "unknown_model", message } as const satisfies Failure;
export const lost = { class: "session_lost", reason: "unknown_session", message } as const satisfies Failure;
export const script = { class: "script", reason: "exit_code", message } as const satisfies Failure;

export const turn = (mode: string, level?: number) => ({
  kind: "turn",
  turn: level === undefined ? { mode } : { mode, level },
});
export const exhausted = (failure: Failure) => ({ kind: "exhausted", failure });
export const noSession: NonNullable<Case["open"]> = { session: null, prompt_stored: false };
export const namelessSession: NonNullable<Case["open"]> = { session: { number: 1, id: null } };
