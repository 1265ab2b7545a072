import { describe, expect, it } from "vitest";
import { chooseRemovals, type Removable, type RetentionRule } from "../../../src/runs/choose-removals.ts";

const DAY_MS = 86_400_000;

/** So many days old, 10 bytes large. */
const run = (name: string, days: number, kind: Removable["kind"] = "finished"): Removable => ({
  name,
  activeMs: (100 - days) * DAY_MS,
  sizeBytes: 10,
  kind,
});

const RUNS = [
  run("new", 1),
  run("old", 40),
  run("older", 50),
  run("open", 60, "unfinished"),
  run("busy", 70, "running"),
  run("broken", 80, "unreadable"),
];

function chosen(rule: Partial<RetentionRule>): readonly string[] {
  const all = { olderThanMs: undefined, keep: undefined, maxSizeBytes: undefined, unfinished: false };
  return chooseRemovals(RUNS, { ...all, nowMs: 100 * DAY_MS, ...rule }).map(({ name }) => name);
}

describe("the runs that are removed", () => {
  it.each<[string, Partial<RetentionRule>, readonly string[]]>([
    ["none when nothing is said", {}, []],
    ["those that are too old", { olderThanMs: 30 * DAY_MS }, ["older", "old"]],
    ["all but the newest", { keep: 1 }, ["older", "old"]],
    ["the too old ones, but never the newest so many", { olderThanMs: 0, keep: 2 }, ["older"]],
    ["the oldest until the rest fits, where what stays counts too", { maxSizeBytes: 45 }, ["older", "old"]],
    ["no more than it takes to fit", { maxSizeBytes: 50 }, ["older"]],
    ["all that may, where even that does not fit", { maxSizeBytes: 0 }, ["older", "old", "new"]],
    ["age and size together", { olderThanMs: 45 * DAY_MS, maxSizeBytes: 40 }, ["older", "old"]],
    [
      "unfinished ones when told, running and unreadable ones never",
      { keep: 0, unfinished: true },
      ["open", "older", "old", "new"],
    ],
  ])("%s", (_, rule, names) => {
    expect(chosen(rule)).toEqual(names);
  });
});
