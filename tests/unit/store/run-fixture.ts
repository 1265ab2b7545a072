import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { EventBody, EventOf, JournalEvent, StampedEvent } from "../../../src/core/event.ts";
import type { RunState } from "../../../src/core/run-state.ts";
import type { Holder } from "../../../src/core/vocabulary.ts";
import { createJournal, openJournal, type StoredJournal } from "../../../src/store/journal.ts";
import { readJournal, type JournalEnd } from "../../../src/store/journal-reader.ts";
import type { FileSystem } from "../../../src/store/file-system.ts";
import { systemFiles } from "../../../src/store/files.ts";

export const AT = "2026-03-01T10:00:00.000Z";

export const holder: Holder = {
  host: "box",
  boot_id: "boot-1",
  pid_namespace: "pid:[1]",
  pid: 4711,
  pid_started: "99",
};

/** An empty directory that is removed after the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "longhaul-store-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export const runStarted = (runDir: string): EventOf<"run.started"> => ({
  type: "run.started",
  format: 1,
  uuid: "uuid-1",
  name: "demo",
  run_id: "default",
  workflow: { path: "/flows/demo", hash: "h1" },
  cli: "replay",
  model: null,
  params: {},
  context: { topic: "moss" },
  start: "plan",
  run_dir: runDir,
  workspace: "/ws",
  holder,
  start_id: null,
  versions: { longhaul: "0.1.0" },
});

export const runResumed = (runDir: string): EventOf<"run.resumed"> => ({
  type: "run.resumed",
  holder,
  start_id: null,
  workflow: { path: "/flows/demo", hash: "h1", changed: false },
  versions: {},
  run_dir: runDir,
  workspace: "/ws",
});

export const warning = (message: string): EventOf<"warning"> => ({ type: "warning", code: "test", message });

/** Numbers events so that they follow the journal's last one. */
export function stamp(bodies: readonly EventBody[], lastSeq: number, lease: number): StampedEvent[] {
  return bodies.map((body, index) => ({ seq: lastSeq + 1 + index, lease, at: AT, ...body }));
}

export interface TestRun {
  readonly runDir: string;
  readonly journal: StoredJournal;
  append(...bodies: EventBody[]): Promise<readonly JournalEvent[]>;
}

interface RunOptions {
  readonly runDir: string;
  readonly files?: FileSystem;
  readonly stillHeld?: () => boolean;
}

export function startRun({ runDir, files = systemFiles, stillHeld = () => true }: RunOptions): TestRun {
  const first = stamp([runStarted(runDir)], 0, 1);
  return testRun(runDir, createJournal({ runDir, first, stillHeld, files }).journal, 1);
}

export function resumeRun({ runDir, files = systemFiles, stillHeld = () => true }: RunOptions): TestRun {
  const { end } = readAll(runDir);
  return testRun(runDir, openJournal({ runDir, end, stillHeld, files }), end.lease + 1);
}

function testRun(runDir: string, journal: StoredJournal, lease: number): TestRun {
  onTestFinished(() => journal.close());
  return {
    runDir,
    journal,
    append: (...bodies) => journal.append(stamp(bodies, journal.position().seq, lease)),
  };
}

export function readAll(runDir: string): { events: JournalEvent[]; end: JournalEnd } {
  const events: JournalEvent[] = [];
  const end = readJournal({ runDir, visit: (event) => events.push(event) });
  return { events, end };
}

/** A short form of an event for expectations: the message of a warning, else the type. */
export const gist = (event: JournalEvent): string => (event.type === "warning" ? event.message : event.type);

export function stateOf(overrides: Partial<RunState> = {}): RunState {
  return {
    format: 1,
    uuid: "uuid-1",
    name: "demo",
    run_id: "default",
    workflow: { path: "/flows/demo", hash: "h1" },
    cli: "replay",
    model: null,
    params: {},
    run_dir: "/runs/demo-default",
    workspace: "/ws",
    versions: {},
    started_at: AT,
    updated_at: AT,
    seq: 1,
    lease: 1,
    holder,
    start_id: null,
    labels: {},
    limits: { workflow: {}, asked: {} },
    recent_usage: [],
    unpriced_told: false,
    status: { kind: "running" },
    cursor: "plan",
    return_to: null,
    visits: {},
    context: { topic: "moss" },
    sources: {},
    open: null,
    detours: 0,
    answered_before: false,
    defaulted: [],
    totals: { steps: 0, attempts: 0, resumes: 0, waited_ms: 0, usage: {} },
    ...overrides,
  };
}
