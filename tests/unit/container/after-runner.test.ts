import { expect, test } from "vitest";
import { afterRunner } from "../../../src/container/after-runner.ts";
import type { RecordedRun } from "../../../src/container/run-of-start.ts";

const UNDER_WAY = { exit_code: null };
const AT_A_WAIT = { exit_code: 75 };

interface Case {
  readonly what: string;
  readonly status: number;
  readonly wasStopped?: true;
  readonly record?: RecordedRun;
  readonly run: "over" | "continues";
  readonly container: "idles" | "exits";
}

const CASES: readonly Case[] = [
  { what: "reached its end", status: 0, run: "over", container: "idles" },
  { what: "failed a step", status: 6, run: "over", container: "idles" },
  { what: "has a bug", status: 70, run: "over", container: "idles" },
  { what: "was killed", status: 137, record: UNDER_WAY, run: "continues", container: "exits" },
  {
    what: "was interrupted by a full disk",
    status: 75,
    record: UNDER_WAY,
    run: "continues",
    container: "exits",
  },
  { what: "ended at a wait, by --no-wait", status: 75, record: AT_A_WAIT, run: "over", container: "idles" },
  { what: "never got to its run", status: 75, run: "over", container: "idles" },
  { what: "was stopped in order", status: 75, wasStopped: true, run: "continues", container: "exits" },
  {
    what: "was killed in its grace period",
    status: 137,
    wasStopped: true,
    run: "continues",
    container: "exits",
  },
  {
    what: "was stopped and ended all the same",
    status: 0,
    wasStopped: true,
    run: "over",
    container: "exits",
  },
];

test.each(CASES)("a runner that $what: the run is $run, the container $container", (given) => {
  const { status, wasStopped = false, record, run, container } = given;
  expect(afterRunner({ status, wasStopped }, () => record)).toEqual({ run, container });
});
