import type { TaskMeta } from "vitest";

/** The promises of docs/reliability.md, by their numbers there. */
export type PromiseNumber = 1 | 2 | 3 | 4 | 5;

/** One row of the fault matrix: what a test broke, how often, and what it measured afterwards. */
export interface FaultRow {
  /** Which promises it puts to the test. */
  readonly promise: PromiseNumber | readonly PromiseNumber[];
  /** What breaks. A literal in the test's file, so that the published table can be held against the tests. */
  readonly fault: string;
  /** How it is injected. */
  readonly how: string;
  /** How many times it really was. */
  readonly injected: number;
  /** Measured figures by name, such as `finished steps lost`. */
  readonly found: Readonly<Record<string, number | string>>;
  /** What became of the runs, in a few words. */
  readonly outcome: string;
}

declare module "vitest" {
  interface TaskMeta {
    faults?: FaultRow[];
  }
}

/**
 * Puts a row into the fault matrix; `task` is that of the test's context. It counts when the test passes, so record it
 * after the last assertion or before: a failed test has no row. Throws for a row that says nothing.
 */
export function recordFault(task: { readonly meta: TaskMeta }, row: FaultRow): void {
  if (row.injected < 1) throw new Error(`"${row.fault}" was never injected: there is nothing to record.`);
  if (Object.keys(row.found).length === 0) throw new Error(`"${row.fault}" was recorded without a figure.`);
  (task.meta.faults ??= []).push(row);
}
