import type { Failure, FailureClass } from "../core/failure.ts";

/** How one fact is tested; a plain value means equality. */
export type Condition =
  | string
  | number
  | boolean
  | null
  | { readonly matches: RegExp }
  | { readonly atLeast: number }
  | { readonly oneOf: readonly (string | number | null)[] }
  | { readonly present: boolean };

type FailureVerdict = {
  readonly [Class in FailureClass]: {
    readonly class: Class;
    readonly reason: Extract<Failure, { class: Class }>["reason"];
  };
}[Exclude<FailureClass, "script">];

/**
 * What a row says about a turn. `success` = the CLI is content; whether the answer is usable is another question.
 */
export type Verdict = FailureVerdict | { readonly class: "success" };

/** One signal of one CLI. Rows are tried in order; the first whose facts all hold decides. */
export interface FailureRow {
  /** `<cli>.<what>`; kept in the journal as `failure.signal`. */
  readonly id: string;
  readonly cli: "claude" | "codex" | "copilot" | "any";
  readonly when: Readonly<Record<string, Condition>>;
  readonly verdict: Verdict;
  /** What happened, for a person; the CLI's own words are appended. */
  readonly message: string;
  /** What a person can do; logins have theirs from the backend. */
  readonly remedy?: string;
  /**
   * Recording of the real program that shows the signal, in tests/fixtures/recordings/<cli>/; a row for any CLI names the
   * folder too. A row without one is a guess, and there are none.
   */
  readonly recording: string;
  readonly note?: string;
}

/** The versions of the CLIs on which every row was seen. */
export const VERSIONS_SEEN = { claude: "2.1.197", codex: "0.169.0", copilot: "1.0.102" } as const;
