import type { TaskMeta } from "vitest";

/** The promises of docs/reliability.md, by number. */
export type PromiseNumber = 1 | 2 | 3 | 4 | 5;

/** One row of the fault matrix: what a test broke, how often, and what it measured afterwards. */
export interface FaultRow {
  /** The promises that it tests. */
  readonly promise: PromiseNumber | readonly PromiseNumber[];
  /** What breaks. Must be a literal in the test's file, so that the published table can be checked against the tests. */
  readonly fault: string;
  /** How it is injected. */
  readonly how: string;
  /** How many times it was really injected. */
  readonly injected: number;
  /** Measured figures by name, such as `finished steps lost`. */
  readonly found: Readonly<Record<string, number | string>>;
  /** What happened to the runs, in a few words. */
  readonly outcome: string;
}

declare module "vitest" {
  interface TaskMeta {
    faults?: FaultRow[];
  }
}

/**
 * Adds a row to the fault matrix; `task` is that of the test's context. The row counts only when the test passes, so it may
 * be recorded before the last assertion. Throws for an empty row.
 */
export function recordFault(task: { readonly meta: TaskMeta }, row: FaultRow): void {
  if (row.injected < 1) throw new Error(`"${row.fault}" was never injected: there is nothing to record.`);
  if (Object.keys(row.found).length === 0) throw new Error(`"${row.fault}" was recorded without a figure.`);
  (task.meta.faults ??= []).push(row);
}
