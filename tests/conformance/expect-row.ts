/** A run of a real CLI met a row of the failure table. */
import { ok } from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { EventOf, JournalEvent } from "../../src/core/event.ts";
import { FAILURE_TABLE } from "../../src/recovery/failure-table.ts";
import { publishRecording } from "../support/publish-recording.ts";
import type { RunDirectory } from "../support/run-directory.ts";
import type { AgentRun } from "./agent-run.ts";

type Verdict = JournalEvent & EventOf<"attempt.failed" | "compact.finished">;

/**
 * The first failure that this row decided; its stream becomes the row's recording when recordings are published.
 * @throws AssertionError naming the rows that decided instead.
 */
export function expectRow(run: AgentRun, id: string): Verdict {
  const directory = run.directory();
  const failures = directory.events.filter(
    (event): event is Verdict => event.type === "attempt.failed" || event.type === "compact.finished",
  );
  const found = failures.find(({ failure }) => failure?.signal === id);
  ok(found, `${id} decided nothing; there were ${failures.map(({ failure }) => failure?.signal).join(", ")}`);
  keep(run, directory, found);
  return found;
}

function keep(run: AgentRun, { events, dir }: RunDirectory, verdict: Verdict): void {
  const row = FAILURE_TABLE.find((one) => one.id === verdict.failure?.signal);
  ok(row, `${verdict.failure?.signal} is no row of the failure table`);
  const session = startOf(events, verdict);
  const steps = join(dir, "steps");
  const step = readdirSync(steps).find((name) => Number(name.split("-")[0]) === verdict.step);
  const isCompaction = verdict.type === "compact.finished";
  const folder = isCompaction ? "compactions" : "attempts";
  const number = String(isCompaction ? verdict.compaction : verdict.attempt).padStart(2, "0");
  const ownSession = verdict.type === "attempt.failed" ? verdict.session?.id : undefined;
  publishRecording({
    recording: row.cli === "any" ? row.recording : `${row.cli}/${row.recording}`,
    directory: join(steps, step ?? "", folder, number),
    end: verdict,
    endedAt: verdict.at,
    session: ownSession ?? session?.id ?? null,
    resumed: !isCompaction && session?.fresh === false,
    compaction: isCompaction,
    root: run.scene.root,
    home: run.scene.home,
    port: run.server.port,
  });
}

function startOf(events: readonly JournalEvent[], verdict: Verdict) {
  const before = events.slice(0, events.indexOf(verdict));
  const start = before.findLast(({ type }) => type === "attempt.started" || type === "compact.started");
  if (start?.type === "compact.started") return { ...start.session, fresh: false };
  return start?.type === "attempt.started" ? start.session : null;
}
