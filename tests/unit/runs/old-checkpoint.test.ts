import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readRun } from "../../../src/runs/read-run.ts";
import { layOut } from "../../support/old-runs/lay-out.ts";
import { oldRuns } from "../../support/old-runs/old-run.ts";
import { temporaryDirectory } from "../store/run-fixture.ts";

test("an old checkpoint without announced_parks is not used; the journal says what was announced", () => {
  const old = oldRuns().find(({ name }) => name === "parked-login");
  if (old === undefined) throw new Error("The fixture parked-login is missing.");
  const { runDir } = layOut(old, temporaryDirectory());
  expect(existsSync(join(runDir, "checkpoint.json"))).toBe(true);
  const { state, snapshot } = readRun(runDir);
  expect(snapshot).toBeUndefined();
  expect(state.open?.recovery.announced_parks).toEqual(["auth"]);
});
