import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systemFiles } from "../../../src/store/files.js";
import { createViews } from "../../../src/store/views.js";
import { startRun, stateOf, temporaryDirectory } from "./run-fixture.js";
/** A run whose views are written beside its journal. */
export function viewedRun(files = systemFiles) {
    const run = startRun({ runDir: join(temporaryDirectory(), "demo-default") });
    const problems = [];
    const views = createViews({
        runDir: run.runDir,
        position: () => run.journal.position(),
        onProblem: (message) => problems.push(message),
        files,
    });
    const text = (path) => readFileSync(join(run.runDir, path), "utf8");
    return {
        ...run,
        views,
        problems,
        record: async (state, ...bodies) => {
            const events = await run.append(...bodies);
            views.listener(events, stateOf({ seq: run.journal.position().seq, run_dir: run.runDir, ...state }));
            return events;
        },
        text,
        json: (path) => JSON.parse(text(path)),
    };
}
export const stepStarted = (step, node, more = {}) => ({
    type: "step.started",
    step,
    node,
    node_type: "agent",
    visit: 1,
    reads: [],
    missing: [],
    ...more,
});
export const stepFinished = (step, node, more = {}) => ({
    type: "step.finished",
    step,
    node,
    outputs: {},
    sources: {},
    set: {},
    next: "end",
    duration_ms: 5,
    ...more,
});
/** A whole agent step in one batch. */
export const agentStep = [
    stepStarted(1, "plan", { task: { prompt: "Plan it.", args: {} } }),
    {
        type: "attempt.started",
        step: 1,
        attempt: 1,
        mode: "task",
        session: { number: 1, id: "s", fresh: true },
        prompt: "Plan it. As JSON.",
        timeout_ms: 1000,
    },
    {
        type: "attempt.finished",
        step: 1,
        attempt: 1,
        outputs: { plan: { tasks: 3 } },
        source: "agent",
        session: { number: 1, id: "s" },
        duration_ms: 12,
    },
    stepFinished(1, "plan", {
        outputs: { plan: { tasks: 3 } },
        sources: { plan: { source: "agent", tainted_by: [] } },
    }),
];
