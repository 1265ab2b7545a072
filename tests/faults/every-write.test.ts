import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { expect, it } from "vitest";
import { artifactsOf, crashScene } from "../support/crash-run.ts";
import { CRASH_ENVIRONMENT } from "../support/crash-workflow.ts";
import { recordFault } from "../support/fault-matrix.ts";
import { type Ended, expectExit, type Scene } from "../support/longhaul.ts";
import { forEachInParallel } from "../support/parallel.ts";
import { crashRun, foundIn, goOn, type RefusedRun } from "../support/refused-disk.ts";

/** For `node --import`: see there. */
const FAIL_AT = join(import.meta.dirname, "../support/fail-at.mjs");
const ERRORS = ["ENOSPC", "EIO", "EROFS", "EMFILE"] as const;

/** One file operation of the built command, and how it fails. */
interface Refusal {
  readonly number: number;
  readonly call: string;
  readonly path: string;
  readonly error: (typeof ERRORS)[number] | "short";
}

it("stops in order or goes on whichever file operation fails, and then resumes to the same end", async ({
  task,
}) => {
  const undisturbed = crashScene();
  const refusals = await refusalsOf(undisturbed);
  const expected = artifactsOf(undisturbed);
  expect(refusals.length).toBeGreaterThan(250);

  const runs: RefusedRun[] = [];
  const troubles: string[] = [];
  await forEachInParallel(refusals, async (refusal) => {
    const scene = crashScene();
    const { number, error } = refusal;
    const refused = await start(scene, { FAIL_AT: `${number}:${error}` });
    try {
      runs.push(await goOn(crashRun(scene), { refused, expected }));
    } catch (trouble) {
      const said = refused.stderr.slice(-600);
      troubles.push(`${describe(refusal)}: ${inspect(trouble)}\nThe refused start said:\n${said}`);
    }
    scene.remove();
  });
  expect(troubles).toEqual([]);
  const found = foundIn(runs);
  expect(Math.min(found["stopped with exit 75"] ?? 0, found["went on to the end"] ?? 0)).toBeGreaterThan(30);
  recordFault(task, {
    promise: [1, 4],
    fault: "one file operation fails: full disk, I/O error, read-only, too many open files, short write",
    how: "every file operation of a run of ten steps in turn, the errors taking turns",
    injected: runs.length,
    found,
    outcome: "stopped in order or went on; the same command then came to the same end with every artifact",
  });
});

/** Every operation of an undisturbed run, each with an error that can happen to it, the errors in turn. */
async function refusalsOf(scene: Scene): Promise<readonly Refusal[]> {
  const file = scene.path("operations.jsonl");
  expectExit(0, await start(scene, { COUNT_FILE: file }));
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return lines.map((line, index) => {
    const operation = JSON.parse(line) as Omit<Refusal, "error">; // fail-at.mjs wrote it
    const isShort = operation.call === "writeSync" && index % 5 === 4;
    return { ...operation, error: isShort ? "short" : (ERRORS[index % ERRORS.length] ?? "EIO") };
  });
}

const start = (scene: Scene, env: Readonly<Record<string, string>>): Promise<Ended> =>
  scene.run(["run", "crash", "--cli", "replay"], {
    nodeArgs: ["--import", FAIL_AT],
    env: { ...CRASH_ENVIRONMENT, FAIL_UNDER: scene.runs, ...env },
  });

const describe = ({ number, call, path, error }: Refusal): string =>
  `${error} at operation ${number} (${call} ${path.split("/").slice(-4).join("/")})`;
