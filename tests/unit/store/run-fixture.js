import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { createJournal, openJournal } from "../../../src/store/journal.js";
import { readJournal } from "../../../src/store/journal-reader.js";
import { systemFiles } from "../../../src/store/files.js";
export const AT = "2026-03-01T10:00:00.000Z";
export const holder = {
    host: "box",
    boot_id: "boot-1",
    pid_namespace: "pid:[1]",
    pid: 4711,
    pid_started: "99",
};
/** An empty directory that is gone after the test. */
export function temporaryDirectory() {
    const directory = mkdtempSync(join(tmpdir(), "longhaul-store-"));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    return directory;
}
export const runStarted = (runDir) => ({
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
export const runResumed = (runDir) => ({
    type: "run.resumed",
    holder,
    start_id: null,
    workflow: { path: "/flows/demo", hash: "h1", changed: false },
    versions: {},
    run_dir: runDir,
    workspace: "/ws",
});
export const warning = (message) => ({ type: "warning", code: "test", message });
/** Gives events their place after what is in the journal. */
export function stamp(bodies, lastSeq, lease) {
    return bodies.map((body, index) => ({ seq: lastSeq + 1 + index, lease, at: AT, ...body }));
}
export function startRun({ runDir, files = systemFiles, stillHeld = () => true }) {
    const first = stamp([runStarted(runDir)], 0, 1);
    return testRun(runDir, createJournal({ runDir, first, stillHeld, files }).journal, 1);
}
export function resumeRun({ runDir, files = systemFiles, stillHeld = () => true }) {
    const { end } = readAll(runDir);
    return testRun(runDir, openJournal({ runDir, end, stillHeld, files }), end.lease + 1);
}
function testRun(runDir, journal, lease) {
    onTestFinished(() => journal.close());
    return {
        runDir,
        journal,
        append: (...bodies) => journal.append(stamp(bodies, journal.position().seq, lease)),
    };
}
export function readAll(runDir) {
    const events = [];
    const end = readJournal({ runDir, visit: (event) => events.push(event) });
    return { events, end };
}
/** What an event says, for short expectations: the message of a warning, else the type. */
export const gist = (event) => (event.type === "warning" ? event.message : event.type);
export function stateOf(overrides = {}) {
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
