import { expect, test } from "vitest";
import { nearestName } from "../../../src/core/nearest-name.ts";

test.each<[name: string, candidates: readonly string[], nearest: string | undefined]>([
  ["promt", ["prompt", "script"], "prompt"],
  ["Outputs", ["outputs"], "outputs"],
  ["lpan", ["plan", "clan"], "plan"],
  ["on_max_visit", ["max_visits", "on_max_visits"], "on_max_visits"],
  ["elsewhere", ["plan", "done"], undefined],
  ["x", ["y", "plan"], "y"],
  ["plan", [], undefined],
])("%s among %j", (name, candidates, nearest) => {
  expect(nearestName(name, candidates)).toBe(nearest);
});
