import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { EventBody } from "../../../src/core/event.ts";
import type { RunState } from "../../../src/core/run-state.ts";
import { AT } from "./run-fixture.ts";
import { agentStep, stepFinished, stepStarted, viewedRun } from "./view-fixture.ts";

const scriptAttempt = (attempt: number): EventBody => ({
  type: "attempt.started",
  step: 1,
  attempt,
  mode: "script",
  session: null,
  timeout_ms: 1000,
});

describe("steps", () => {
  test("an agent's step can be read with ls and cat", async () => {
    const run = viewedRun();
    await run.record({ context: { topic: "moss", plan: { tasks: 3 } } }, ...agentStep);
    await run.views.flush();
    expect(new Set(readdirSync(run.runDir))).toEqual(new Set(["journal.jsonl", "plan", "run.json", "steps"]));
    expect(new Set(readdirSync(join(run.runDir, "plan"), { recursive: true, encoding: "utf8" }))).toEqual(
      new Set([
        "attempts",
        "attempts/01",
        "attempts/01/prompt.md",
        "attempts/01/result.json",
        "context_after.json",
        "output.json",
        "prompt.md",
      ]),
    );
    expect(run.text("plan/prompt.md")).toBe("Plan it.");
    expect(run.text("plan/attempts/01/prompt.md")).toBe("Plan it. As JSON.");
    expect(run.json("plan/output.json")).toEqual({
      values: { plan: { tasks: 3 } },
      sources: { plan: { source: "agent", tainted_by: [] } },
    });
    expect(run.json("plan/context_after.json")).toEqual({ topic: "moss", plan: { tasks: 3 } });
    expect(run.json("plan/attempts/01/result.json")).toEqual({
      result: "finished",
      at: AT,
      step: 1,
      attempt: 1,
      outputs: { plan: { tasks: 3 } },
      source: "agent",
      session: { number: 1, id: "s" },
      duration_ms: 12,
    });
    expect(run.problems).toEqual([]);
  });

  test("a script's command is shown in shell syntax, a branch's choice as JSON", async () => {
    const run = viewedRun();
    const command = { file: "/flow/scripts/check.sh", args: ["a b", "it's", "plain"] };
    await run.record({}, stepStarted(1, "check", { command }), stepFinished(1, "check"));
    const branch = { path: "plan.ok", value: true, next: "end", how: "case" };
    await run.record({}, stepStarted(2, "decide"), stepFinished(2, "decide", { branch }));
    await run.views.flush();
    expect(run.text("check/command.txt")).toBe(
      String.raw`/flow/scripts/check.sh 'a b' 'it'\''s' plain` + "\n",
    );
    expect(readdirSync(join(run.runDir, "decide"))).toEqual(["branch.json"]);
    expect(run.json("decide/branch.json")).toEqual(branch);
  });

  test("a script's newest attempt is linked, an agent's is not", async () => {
    const run = viewedRun();
    const command = { file: "/flow/scripts/check.sh", args: [] };
    await run.record({}, stepStarted(1, "check", { command }), scriptAttempt(1));
    await run.views.flush();
    await run.record({}, scriptAttempt(2));
    await run.views.flush();
    const links = ["stdout.log", "stderr.log"].map((name) => readlinkSync(join(run.runDir, "check", name)));
    expect(links).toEqual(["attempts/02/stdout.log", "attempts/02/stderr.log"]);
    expect(run.problems).toEqual([]);
  });

  test("a process that wakes after a takeover leaves the next holder's links alone", async () => {
    let held = true;
    const run = viewedRun(undefined, () => held);
    const command = { file: "/flow/scripts/check.sh", args: [] };
    await run.record({}, stepStarted(1, "check", { command }), scriptAttempt(1));
    held = false;
    await run.views.flush();
    expect(existsSync(join(run.runDir, "check"))).toBe(false);
    expect(existsSync(join(run.runDir, "steps/000001-check/stdout.log"))).toBe(false);
  });

  test("the attempts of a step that began in an earlier process find its directory", async () => {
    const run = viewedRun();
    const failed: EventBody = {
      type: "attempt.failed",
      step: 4,
      attempt: 2,
      failure: { class: "answer", reason: "empty", message: "nothing" },
      session: null,
      duration_ms: 1,
    };
    const open = { step: 4, node: "fix" } as RunState["open"]; // the views read nothing else of it
    await run.record({ open }, failed);
    await run.views.flush();
    expect(run.json("steps/000004-fix/attempts/02/result.json")).toMatchObject({ result: "failed" });
  });

  test("so does the attempt that ends such a step, when no step is open any more", async () => {
    const run = viewedRun();
    const finished: EventBody = {
      type: "attempt.finished",
      step: 4,
      attempt: 2,
      outputs: {},
      source: "agent",
      session: null,
      duration_ms: 1,
    };
    await run.record({ open: null }, finished, stepFinished(4, "fix"));
    await run.views.flush();
    expect(readdirSync(join(run.runDir, "steps"))).toEqual(["000004-fix"]);
    expect(run.json("steps/000004-fix/attempts/02/result.json")).toMatchObject({ result: "finished" });
  });

  test("large values are in blobs/, and a large context shows what changed", async () => {
    const run = viewedRun();
    const large = "x".repeat(70_000);
    const context = Object.fromEntries(
      Array.from({ length: 10 }, (_, key) => [`k${key}`, "y".repeat(60_000)]),
    );
    await run.record(
      { context: { ...context, large } },
      stepStarted(1, "plan"),
      stepFinished(1, "plan", { outputs: { large }, set: { rounds: 2 }, unset: ["old"] }),
    );
    await run.views.flush();
    const reference = { $blob: expect.stringMatching(/^[0-9a-f]{64}$/), bytes: 70_002 };
    expect(run.json("plan/output.json")).toMatchObject({ values: { large: reference } });
    expect(run.json("plan/context_after.json")).toEqual({
      $changed: { large: reference, rounds: 2 },
      $removed: ["old"],
    });
  });
});

describe("links to the newest visit", () => {
  test("follow the visits", async () => {
    const run = viewedRun();
    for (let step = 1; step <= 3; step += 1) await run.record({}, stepStarted(step, "fix"));
    await run.views.flush();
    expect(readlinkSync(join(run.runDir, "fix"))).toBe("steps/000003-fix");
  });

  test("leave a real directory of that name alone, and report it once", async () => {
    const run = viewedRun();
    mkdirSync(join(run.runDir, "fix"));
    writeFileSync(join(run.runDir, "fix", "mine.txt"), "keep");
    await run.record({}, stepStarted(1, "fix"));
    await run.views.flush();
    await run.record({}, stepStarted(2, "fix"));
    await run.views.flush();
    expect(lstatSync(join(run.runDir, "fix")).isDirectory()).toBe(true);
    expect(run.text("fix/mine.txt")).toBe("keep");
    expect(run.problems).toEqual([
      `Could not write the link ${run.runDir}/fix: there is a directory of that name, which is left alone. The journal has what it would show.`,
    ]);
  });
});
