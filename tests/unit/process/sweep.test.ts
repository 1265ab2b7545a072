import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findProcess, listProcesses } from "../../../src/process/process-table.ts";
import { listWithPs } from "../../../src/process/process-table-ps.ts";
import {
  findRecordedProcesses,
  identifyProcess,
  recordProcess,
  type RecordedProcess,
} from "../../../src/process/recorded-process.ts";
import { pidsSince, sweepStep } from "../../../src/process/sweep.ts";
import { PATH, isAlive, newDirectory, newMarker, pidIn, until } from "./processes.ts";

interface Started {
  readonly pid: number;
  readonly directory: string;
}

/** Starts a bash script in its own session; `$OUT` is a directory for its reports. */
function start(script: string, marker?: string): Started {
  const directory = newDirectory();
  const env = { PATH, OUT: directory, ...(marker !== undefined && { LONGHAUL_STEP: marker }) };
  const child = spawn("bash", ["-c", script], { detached: true, stdio: "ignore", env });
  if (child.pid === undefined) throw new Error("bash did not start");
  return { pid: child.pid, directory };
}

function recorded(directory: string, pid: number, file: string): RecordedProcess {
  const record = identifyProcess(pid, file);
  recordProcess(directory, record);
  return record;
}

const killAll = (pids: readonly number[]): void => {
  for (const pid of pids) if (isAlive(pid)) process.kill(pid, "SIGKILL");
};

test("kills processes with the marker and no others", async () => {
  const marker = newMarker();
  const mine = start("sleep 1000", marker);
  const another = start("sleep 1000", `${marker}0`);
  const unmarked = start("sleep 1000");
  const report = await sweepStep(marker);
  expect(report.survivors).toEqual([]);
  expect(report.killed).toContain(mine.pid);
  expect([mine, another, unmarked].map(({ pid }) => isAlive(pid))).toEqual([false, true, true]);
  killAll([another.pid, unmarked.pid]);
});

test("a marker that ends in a slash stands for every step of the run", async () => {
  const run = randomUUID();
  const steps = [start("sleep 1000", `${run}/1`), start("sleep 1000", `${run}/12`)];
  const other = start("sleep 1000", `${randomUUID()}/1`);
  await sweepStep(`${run}/`);
  expect(steps.map(({ pid }) => isAlive(pid))).toEqual([false, false]);
  expect(isAlive(other.pid)).toBe(true);
  killAll([other.pid]);
});

test("a holder spares another holder's processes of the same step; a takeover spares none", async () => {
  const marker = newMarker();
  const withHolder = (holder: string) => start(`LONGHAUL_HOLDER=${holder} exec sleep 1000`, marker);
  const mine = withHolder("4711-1");
  const others = withHolder("4711-12");
  await until(() => [mine, others].every(({ pid }) => findProcess(pid)?.environment().includes("_HOLDER=")));
  const unmarked = start("sleep 1000", marker);
  await sweepStep(marker, { holder: "4711-1" });
  expect([mine, others, unmarked].map(({ pid }) => isAlive(pid))).toEqual([false, true, false]);
  await sweepStep(marker);
  expect(isAlive(others.pid)).toBe(false);
});

test.each([
  ["ignores SIGTERM", `trap "" TERM HUP INT; echo $$ > $OUT/pid; while :; do sleep 1; done`],
  ["lives in a session of its own", `setsid bash -c 'echo $$ > $OUT/pid; sleep 1000; :' & wait`],
  ["was orphaned", `(setsid bash -c 'echo $$ > $OUT/pid; sleep 1000; :' &) ; exit 0`],
  ["is stopped", `bash -c 'echo $$ > $OUT/pid; kill -STOP $$' & wait`],
])("kills a process that %s", async (_name, script) => {
  const marker = newMarker();
  const { directory } = start(script, marker);
  const pid = await pidIn(join(directory, "pid"));
  expect((await sweepStep(marker)).survivors).toEqual([]);
  expect(isAlive(pid)).toBe(false);
});

test("kills a descendant that scrubbed its environment", async () => {
  const marker = newMarker();
  const { directory } = start(`env -i OUT=$OUT bash -c 'echo $$ > $OUT/pid; sleep 1000; :' & wait`, marker);
  const pid = await pidIn(join(directory, "pid"));
  await sweepStep(marker);
  expect(isAlive(pid)).toBe(false);
});

test("kills a recorded process that scrubbed its environment, and the rest of its session", async () => {
  const { pid, directory } = start(`bash -c 'echo $$ > $OUT/pid; sleep 1000; :' & wait`);
  const child = await pidIn(join(directory, "pid"));
  const record = recorded(directory, pid, "bash");
  expect(findRecordedProcesses(directory)).toEqual([record]);
  await sweepStep(newMarker(), { recorded: [record] });
  expect([pid, child].map(isAlive)).toEqual([false, false]);

  const orphaned = start(`bash -c 'echo $$ > $OUT/pid; sleep 1000; :' & exec sleep 1000`);
  const orphan = await pidIn(join(orphaned.directory, "pid"));
  const leader = recorded(directory, orphaned.pid, "bash");
  process.kill(orphaned.pid, "SIGKILL");
  await until(() => !isAlive(orphaned.pid));
  expect(isAlive(orphan)).toBe(true);
  await sweepStep(newMarker(), { recorded: [leader] });
  expect(isAlive(orphan)).toBe(false);
});

test("kills orphans adopted by the container's first process, unless they are older than the step", async () => {
  // The adopter's children are the orphans: one from before the step, and one that left while it ran.
  const adopter = start(
    "env -i sleep 1000 & echo $! > $OUT/older; until [ -e $OUT/go ]; do sleep 0.01; done; env -i setsid sleep 1000 & echo $! > $OUT/orphan; wait",
  );
  const older = await pidIn(join(adopter.directory, "older"));
  await new Promise((resolve) => setTimeout(resolve, 50)); // start times have a resolution of 10 ms
  const marker = newMarker();
  const first = start("sleep 1000", marker);
  writeFileSync(join(adopter.directory, "go"), "");
  const orphan = await pidIn(join(adopter.directory, "orphan"));
  const startedBy = { pid: first.pid, started: findProcess(first.pid)?.started ?? "0", runMs: 1000 };

  await sweepStep(undefined, { startedBy, adopter: adopter.pid });
  expect(isAlive(orphan)).toBe(true);
  await sweepStep(marker, { startedBy, adopter: adopter.pid });
  expect([older, adopter.pid, orphan].map(isAlive)).toEqual([true, true, false]);
  killAll([older, adopter.pid]);
});

test("records are found anywhere below a step's directory; torn ones are skipped", () => {
  const stepDir = newDirectory();
  const directories = ["attempts/01", "attempts/02", "compactions/01"].map((name) => join(stepDir, name));
  for (const directory of directories) mkdirSync(directory, { recursive: true });
  const records = directories.map((directory) => recorded(directory, process.pid, "node"));
  writeFileSync(join(stepDir, "attempts/02/process.json"), '{"pid":');
  expect(findRecordedProcesses(stepDir)).toEqual([records[0], records[2]]);
  expect(findRecordedProcesses(join(stepDir, "none"))).toEqual([]);
});

test("spares a process that only has the pid of a recorded one", async () => {
  const { pid, directory } = start("sleep 1000");
  const record = recorded(directory, pid, "bash");
  const strangers = [
    { ...record, pid_started: "1" },
    { ...record, boot_id: "another boot" },
    { ...record, pid_namespace: "another container" },
  ];
  expect((await sweepStep(newMarker(), { recorded: strangers })).killed).toEqual([]);
  expect(isAlive(pid)).toBe(true);
  killAll([pid]);
});

test("also kills processes forked during the sweep", async () => {
  const marker = newMarker();
  // Bounded, so that a failing sweep does not leave a machine full of processes behind.
  const chain = `f() { echo . >> $OUT/forks; [ "$(wc -l < $OUT/forks)" -gt 400 ] || (setsid bash -c "$(declare -f f); sleep 0.01; f; sleep 1000" &); }; f`;
  const { directory } = start(`${chain}; sleep 1000`, marker);
  await until(() => listProcesses().filter(({ environment }) => environment().includes(marker)).length > 5);
  expect((await sweepStep(marker)).survivors).toEqual([]);
  expect(listProcesses().filter(({ alive, environment }) => alive && environment().includes(marker))).toEqual(
    [],
  );
  expect(directory).not.toBe("");
});

test("kills what it finds even when one scan takes longer than the deadline", async () => {
  const marker = newMarker();
  const { pid } = start("(setsid sleep 1000 &); sleep 1000", marker);
  await until(() => listProcesses().filter(({ environment }) => environment().includes(marker)).length > 1);
  const report = await sweepStep(marker, { deadlineMs: 0 });
  expect(report.survivors).toEqual([]);
  expect(isAlive(pid)).toBe(false);
});

test("never kills itself or its ancestors", async () => {
  const own = [process.pid, process.ppid];
  const ownRecords = own.map((pid) => recorded(newDirectory(), pid, "node"));
  expect(await sweepStep(newMarker(), { recorded: ownRecords })).toEqual({ killed: [], survivors: [] });
});

test("nothing to sweep", async () => {
  expect(await sweepStep(newMarker())).toEqual({ killed: [], survivors: [] });
});

test("ps reports the same about a process as /proc", async () => {
  const marker = newMarker();
  const { pid } = start("exec sleep 1000", marker);
  await until(() => findProcess(pid)?.environment().includes(marker));
  const told = listWithPs().find((entry) => entry.pid === pid);
  expect(told).toMatchObject({ pid, parent: process.pid, group: pid, alive: true });
  // Waits for bash to replace itself by sleep, which gets its variables in another order.
  expect(told?.environment().toString().split("\0")).toContain(`LONGHAUL_STEP=${marker}`);
  killAll([pid]);
});

test.each([
  ["nothing was started since", { firstPid: 500, newest: 500, runMs: 10 }, "none"],
  ["something was", { firstPid: 500, newest: 501, runMs: 499 }, "higher"],
  ["the pids have begun again at the lowest", { firstPid: 32_000, newest: 350, runMs: 10 }, "any"],
  ["pids may have wrapped around", { firstPid: 500, newest: 501, runMs: 500 }, "any"],
  ["the system does not report it", { firstPid: 500, newest: undefined, runMs: 10 }, "any"],
] as const)("which pids to scan when %s", (_, seen, expected) => {
  expect(pidsSince(seen)).toBe(expected);
});

test("waits for a dying process whose environment is already gone", async () => {
  const marker = newMarker();
  // Freeing the memory is what takes long at the end of a process.
  const { pid, directory } = start(
    `exec ${process.execPath} -e 'globalThis.held = Buffer.alloc(400e6, 1); require("fs").writeFileSync(process.env.OUT + "/pid", process.pid + "\\n"); setInterval(() => 0, 1000)'`,
    marker,
  );
  await pidIn(join(directory, "pid"));
  expect((await sweepStep(marker)).survivors).toEqual([]);
  expect(isAlive(pid)).toBe(false);
});

test("kills processes that share only the session or only the group of a recorded one", async () => {
  // With job control each job has its own group; the orphan's parent is gone before the sweep.
  const jobs = start(
    `set -m; env -i OUT=$OUT bash -c '(sleep 1000 & echo $! > $OUT/inGroup); echo $$ > $OUT/job; exec sleep 1000' & wait; exec sleep 1000`,
  );
  const [inGroup, job] = [
    await pidIn(join(jobs.directory, "inGroup")),
    await pidIn(join(jobs.directory, "job")),
  ];
  expect(findProcess(inGroup)).toMatchObject({ group: job, session: jobs.pid });
  expect(findProcess(inGroup)?.parent).not.toBe(job);
  await sweepStep(newMarker(), { recorded: [recorded(jobs.directory, job, "bash")] });
  expect([inGroup, job, jobs.pid].map(isAlive)).toEqual([false, false, true]);
  killAll([jobs.pid]);

  const session = start(`set -m; (env -i sleep 1000 & echo $! > $OUT/inSession) & wait; exec sleep 1000`);
  const inSession = await pidIn(join(session.directory, "inSession"));
  await until(() => findProcess(inSession)?.parent !== session.pid);
  expect(findProcess(inSession)?.session).toBe(session.pid);
  expect(findProcess(inSession)?.group).not.toBe(session.pid);
  const leader = recorded(session.directory, session.pid, "bash");
  process.kill(session.pid, "SIGKILL");
  await until(() => !isAlive(session.pid));
  expect(isAlive(inSession)).toBe(true);
  await sweepStep(newMarker(), { recorded: [leader] });
  expect(isAlive(inSession)).toBe(false);
});
