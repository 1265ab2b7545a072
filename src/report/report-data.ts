/** The data of a report's page: written by `read-report.ts`, read in the browser by `page/`. All times are epoch milliseconds. */

export type Outcome = "genuine" | "repaired" | "reframed" | "defaulted" | "failed" | "open" | "dropped";

/** A text, cut if it is long. */
export interface ReportText {
  readonly text: string;
  /** Length of the whole text. */
  readonly characters: number;
  /** The file with the whole text, below the run directory. */
  readonly file: string;
}

export interface ReportEntry {
  readonly kind: "attempt" | "wait" | "compaction" | "probe" | "note";
  readonly title: string;
  readonly state: "ok" | "failed" | "interrupted" | "open" | "wait" | "note";
  readonly startedMs: number;
  /** Null while it is running. */
  readonly durationMs: number | null;
  readonly detail: string;
  readonly usage: ReportUsage | null;
  readonly prompt: ReportText | null;
  readonly answer: ReportText | null;
}

export interface ReportUsage {
  /** All kinds together; null if no CLI reported any. */
  readonly tokens: number | null;
  readonly outputTokens: number | null;
  /** Null when unknown, which is not 0. */
  readonly costUsd: number | null;
  readonly unpricedTurns: number;
}

export interface ReportStep {
  readonly step: number;
  readonly node: string;
  readonly type: string;
  readonly visit: number;
  readonly startedMs: number;
  readonly durationMs: number;
  readonly waitedMs: number;
  readonly outcome: Outcome;
  readonly defaulted: readonly string[];
  readonly tainted: readonly string[];
  readonly next: string;
  /** The branch taken or the failure, in one line. */
  readonly reason: string;
  readonly usage: ReportUsage | null;
  /** The command of a script; null for branches, and for agents, whose attempts have prompts. */
  readonly command: ReportText | null;
  readonly output: ReportText | null;
  readonly entries: readonly ReportEntry[];
  readonly entriesLeftOut: number;
  /** Below the run directory. */
  readonly folder: string;
}

export interface ReportNode {
  readonly id: string;
  readonly type: string;
  readonly visits: number;
  readonly attempts: number;
  readonly failedAttempts: number;
  readonly durationMs: number;
  readonly waitedMs: number;
  readonly defaulted: number;
  readonly repaired: number;
  readonly usage: ReportUsage | null;
}

/** A span of a node's lane in the timeline; short spans close together are merged. */
export interface ReportSpan {
  readonly kind: "ok" | "failed" | "wait" | "interrupted";
  readonly fromMs: number;
  readonly toMs: number;
  /** The first step of the span. */
  readonly step: number;
  readonly count: number;
}

export interface ReportLane {
  readonly node: string;
  readonly spans: readonly ReportSpan[];
}

export interface ReportData {
  readonly run: {
    readonly name: string;
    readonly runId: string;
    readonly uuid: string;
    readonly directory: string;
    readonly status: string;
    readonly exitCode: number | null;
    readonly why: string;
    /** Null unless it waits. */
    readonly waitsUntilMs: number | null;
    readonly at: string;
    readonly cli: string;
    readonly model: string;
    readonly startedMs: number;
    /** Of the newest event. */
    readonly updatedMs: number;
    /** The last time at which it is known to have been running: the time of the report if a process holds the run. */
    readonly untilMs: number;
    readonly resumes: number;
    readonly waitedMs: number;
    readonly attempts: number;
    readonly usage: ReportUsage;
  };
  readonly version: string;
  readonly generatedMs: number;
  /** Why the graph shows only what the run visited; empty if it shows the whole workflow. */
  readonly graphNote: string;
  readonly nodes: readonly ReportNode[];
  readonly lanes: readonly ReportLane[];
  /** Times at which no process held the run. */
  readonly pauses: readonly { readonly fromMs: number; readonly toMs: number }[];
  readonly steps: readonly ReportStep[];
  readonly stepsInAll: number;
}
