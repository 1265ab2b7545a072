import { inspect } from "node:util";
import { expect, it } from "vitest";
import { artifactsOf, type Artifacts, resume } from "../support/crash-run.ts";
import { CRASH_ENVIRONMENT } from "../support/crash-workflow.ts";
import { recordFault } from "../support/fault-matrix.ts";
import type { Ended } from "../support/longhaul.ts";
import { forEachInParallel } from "../support/parallel.ts";
import { crashRun, foundIn, goOn, type RefusedRun } from "../support/refused-disk.ts";
import { type DiskSize, PAGE_KIB, type SmallDisk, smallDisk } from "../support/small-disk.ts";

it("stops when a real disk is full, and goes on once there is space", async ({ task }) => {
  const { expected, used } = await undisturbedRun();
  expect(used.sizeKib).toBeGreaterThan(100);
  // From a disk that takes nothing to one that takes all, page by page.
  const sizes = numbersTo(used.sizeKib / PAGE_KIB).map((pages): DiskSize => `size=${pages * PAGE_KIB}k`);
  const runs = await fillAndGoOn(sizes, expected);
  recordFault(task, {
    promise: [1, 4],
    fault: "a real disk fills up in the middle of a run",
    how: "a file system in memory, from one page to as many as the run needs; then it is made larger",
    injected: runs.length,
    found: foundIn(runs),
    outcome: "stopped in order or went on; the same command then came to the same end with every artifact",
  });
});

it("stops when a real disk takes no more files, and goes on once it does", async ({ task }) => {
  const { expected, used } = await undisturbedRun();
  expect(used.inodes).toBeGreaterThan(50);
  const inodes = numbersTo(used.inodes).filter((count) => count >= EMPTY_DISK_INODES && count % 2 === 1);
  const sizes = inodes.map((count): DiskSize => `nr_inodes=${count}`);
  const runs = await fillAndGoOn(sizes, expected);
  recordFault(task, {
    promise: [1, 4],
    fault: "a real disk runs out of inodes in the middle of a run",
    how: "a file system in memory, from no further file to as many as the run needs, by twos; then it is given more",
    injected: runs.length,
    found: foundIn(runs),
    outcome: "stopped in order or went on; the same command then came to the same end with every artifact",
  });
});

/** The root of the file system, and the two directories that a scene has there. */
const EMPTY_DISK_INODES = 3;

const numbersTo = (last: number): readonly number[] =>
  Array.from({ length: Math.ceil(last) }, (_, index) => index + 1);

async function undisturbedRun(): Promise<{ expected: Artifacts; used: ReturnType<SmallDisk["used"]> }> {
  const disk = smallDisk("size=16384k");
  await resume(disk);
  return { expected: artifactsOf(disk), used: disk.used() };
}

async function fillAndGoOn(sizes: readonly DiskSize[], expected: Artifacts): Promise<readonly RefusedRun[]> {
  const runs: RefusedRun[] = [];
  const troubles: string[] = [];
  await forEachInParallel(sizes, async (size) => {
    const disk = smallDisk(size);
    const refused = await start(disk);
    disk.grow();
    try {
      runs.push(await goOn(crashRun(disk), { refused, expected }));
    } catch (trouble) {
      troubles.push(`${size}: ${inspect(trouble)}\nThe refused start:\n${refused.report}`);
    }
    disk.remove();
  });
  expect(troubles).toEqual([]);
  return runs;
}

const start = (disk: SmallDisk): Promise<Ended> =>
  disk.run(["run", "crash", "--cli", "replay"], { env: CRASH_ENVIRONMENT });
