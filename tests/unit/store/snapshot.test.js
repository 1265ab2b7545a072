import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readSnapshot, writeSnapshot } from "../../../src/store/snapshot.js";
import { repairJournal } from "../../../src/store/journal-cut.js";
import { readAll, startRun, stateOf, temporaryDirectory, warning } from "./run-fixture.js";
async function runWithSnapshot(context = {}) {
    const run = startRun({ runDir: join(temporaryDirectory(), "demo-default") });
    await run.append(warning("two"));
    const position = run.journal.position();
    const state = stateOf({ seq: position.seq, context });
    writeSnapshot({ runDir: run.runDir, state, position });
    await run.append(warning("three"));
    return { ...run, state, position, path: join(run.runDir, "checkpoint.json") };
}
test("gives state and position back, large values included", async () => {
    const { runDir, state, position } = await runWithSnapshot({
        large: "x".repeat(100_000),
        lookalike: { $blob: "abc" },
    });
    expect(readSnapshot({ runDir })).toEqual({ state, position });
});
test("begins with what people look for", async () => {
    const { path } = await runWithSnapshot({ large: "x".repeat(100_000) });
    const content = JSON.parse(readFileSync(path, "utf8"));
    expect(Object.keys(content).join(" ")).toBe("format seq node step visits session recovery lease offset line_sum state sum");
    expect(content).toMatchObject({ format: 1, seq: 2, node: "plan", step: null });
    expect(content.state.context.large).toEqual({ $blob: expect.any(String), bytes: 100_002 });
});
describe("counts for nothing", () => {
    test("when it is cut off at any byte or any byte is changed", async () => {
        const { runDir, path } = await runWithSnapshot();
        const whole = readFileSync(path);
        for (let position = 0; position < whole.length; position += 1) {
            writeFileSync(path, whole.subarray(0, position));
            expect(readSnapshot({ runDir })).toBeUndefined();
            const changed = Buffer.from(whole);
            changed[position] = (changed[position] ?? 0) ^ 1;
            writeFileSync(path, changed);
            expect(readSnapshot({ runDir })).toBeUndefined();
        }
    });
    test("when the journal ends before it", async () => {
        const { runDir, position } = await runWithSnapshot();
        const journal = join(runDir, "journal.jsonl");
        writeFileSync(journal, readFileSync(journal).subarray(0, position.offset - 1));
        expect(readSnapshot({ runDir })).toBeUndefined();
        expect(readAll(runDir).events).toHaveLength(1);
    });
    test("when another line ends where it was taken", async () => {
        const first = await runWithSnapshot();
        const other = startRun({ runDir: join(temporaryDirectory(), "demo-default") });
        await other.append(warning("TWO"));
        const bytes = readFileSync(join(other.runDir, "journal.jsonl"));
        expect(bytes.length).toBe(other.journal.position().offset);
        writeFileSync(join(first.runDir, "journal.jsonl"), bytes);
        expect(readSnapshot({ runDir: first.runDir })).toBeUndefined();
    });
    test("when the journal is gone, or a value that it names", async () => {
        const { runDir } = await runWithSnapshot({ large: "x".repeat(100_000) });
        rmSync(join(runDir, "blobs"), { recursive: true });
        expect(readSnapshot({ runDir })).toBeUndefined();
        rmSync(join(runDir, "journal.jsonl"));
        expect(readSnapshot({ runDir })).toBeUndefined();
    });
    test("when a state of an older version lacks a field", async () => {
        const { runDir, state, position } = await runWithSnapshot();
        const { detours: _, ...older } = state;
        writeSnapshot({ runDir, state: { ...older }, position }); // what an older version wrote
        expect(readSnapshot({ runDir })).toBeUndefined();
    });
    test("when a repair went back behind it", async () => {
        const { runDir } = await runWithSnapshot();
        const journal = join(runDir, "journal.jsonl");
        const bytes = readFileSync(journal);
        const secondLine = bytes.indexOf("\n") + 1;
        bytes[secondLine + 20] = 0;
        writeFileSync(journal, bytes);
        repairJournal({ runDir });
        expect(readSnapshot({ runDir })).toBeUndefined();
    });
});
