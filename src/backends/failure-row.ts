import type { Failure, FailureClass } from "../core/failure.ts";

/** A test of one fact; a plain value means equality. */
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

/** What a row says about a turn. `success`: the CLI reports no error; whether the answer is usable is decided later. */
export type Verdict = FailureVerdict | { readonly class: "success" };

/** One signal of one CLI. Rows are tried in order, and the first whose facts all match decides. */
export interface FailureRow {
  /** `<cli>.<what>`; the journal stores it as `failure.signal`. */
  readonly id: string;
  readonly cli: "claude" | "codex" | "copilot" | "any";
  readonly when: Readonly<Record<string, Condition>>;
  readonly verdict: Verdict;
  /** What happened, for display; the CLI's own words are appended. */
  readonly message: string;
  /** How a person fixes it; for logins the backend says that. */
  readonly remedy?: string;
  /**
   * Recording of the real program that shows the signal, in tests/fixtures/recordings/<cli>/; a row for any CLI names the
   * directory too. Required, because a row without a recording would be a guess.
   */
  readonly recording: string;
  readonly note?: string;
}

/** The versions of the CLIs in which every row was observed. */
export const VERSIONS_SEEN = { claude: "2.1.197", codex: "0.169.0", copilot: "1.0.102" } as const;
