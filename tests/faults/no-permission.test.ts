import { chmodSync, lchownSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { artifactsOf, crashScene, differences, resume } from "../support/crash-run.ts";
import { recordFault } from "../support/fault-matrix.ts";
import { expectExit, type StartOptions } from "../support/longhaul.ts";
import { timedTreeOf } from "../support/run-directory.ts";
import { type StrangeRun, strangeRun } from "../support/strange-run.ts";

const NOBODY = 65_534;
/** The tests may run as root, whom no permission stops; without its capabilities it is a user like any other. */
const POWERLESS: StartOptions = { through: ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] };

interface Refused {
  /** Below the run directory; the directory itself when empty. */
  readonly place: string;
  /** What others than its new owner may still do. */
  readonly mode: number;
}

const FOREIGN: readonly Refused[] = [
  { place: "", mode: 0o700 },
  { place: "", mode: 0o755 },
  { place: "journal.jsonl", mode: 0o600 },
  { place: "journal.jsonl", mode: 0o644 },
  { place: "checkpoint.json", mode: 0o600 },
];

it("refuses a run directory of another user, and goes on when it is given back", async ({ task }) => {
  const undisturbed = crashScene();
  await resume(undisturbed);
  const expected = artifactsOf(undisturbed);
  const run = await strangeRun();
  const seen = { changed: 0, ended: 0 };
  for (const { place, mode } of FOREIGN) {
    run.rewind();
    giveAway(join(run.dir, place), mode);
    const before = timedTreeOf(run.dir);
    const { stderr } = expectExit(75, await run.start(POWERLESS));
    expect(stderr).toContain(
      "permission denied (EACCES). Give this user the directory (chown) or run as its owner",
    );
    expect(changes(before, timedTreeOf(run.dir))).toEqual([]);
    seen.changed += changes(before, timedTreeOf(run.dir)).length;

    const status = await run.scene.exits(0, ["status"], POWERLESS);
    expect(status.stdout).toContain("crash-default");
    takeBack(run.dir);
    seen.ended += await endsAs(run, expected);
  }
  expect(seen).toEqual({ changed: 0, ended: FOREIGN.length });
  recordFault(task, {
    promise: 1,
    fault: "the run directory, its journal or its checkpoint belongs to another user",
    how: "given to nobody, closed or to be read only, before a start without root's capabilities",
    injected: FOREIGN.length,
    found: {
      "files and times changed in it": seen.changed,
      "runs that ended as the undisturbed one afterwards": seen.ended,
    },
    outcome: "exit 75 that names file and way out; goes on once it is given back",
  });
});

it("tells a workflow that it may not read from one that is not there", async ({ task }) => {
  const run = await strangeRun();
  const seen = { changed: 0 };
  const places = ["crash", "crash/workflow.yaml", "crash/prompts", "crash/prompts/plan.md", "crash/scripts"];
  const before = timedTreeOf(run.scene.runs);
  for (const place of places) {
    const path = run.scene.path(place);
    const { mode } = statSync(path);
    lchownSync(path, NOBODY, NOBODY);
    chmodSync(path, 0o700);
    const { stderr } = expectExit(2, await run.start(POWERLESS));
    expect(stderr).toMatch(/cannot be read[^]*(EACCES|permission)/);
    expect(stderr).not.toMatch(/does not exist|there is no workflow|holds no workflow/);
    seen.changed += changes(before, timedTreeOf(run.scene.runs)).length;
    lchownSync(path, process.getuid?.() ?? 0, process.getgid?.() ?? 0);
    chmodSync(path, mode);
  }
  expect(seen).toEqual({ changed: 0 });
  recordFault(task, {
    promise: 1,
    fault: "the workflow, or a file that it names, belongs to another user",
    how: "given to nobody and closed before a start without root's capabilities",
    injected: places.length,
    found: { "files and times changed": seen.changed },
    outcome: "refused with exit 2: it cannot be read, not: it does not exist",
  });
});

it("stops at what it cannot write in the middle of a step, and goes on when it can", async ({ task }) => {
  const undisturbed = crashScene();
  await resume(undisturbed);
  const expected = artifactsOf(undisturbed);
  const run = await strangeRun();
  giveAway(join(run.dir, "steps"), 0o755);
  const { stderr } = expectExit(75, await run.start(POWERLESS));
  expect(stderr).toContain("permission denied");
  takeBack(run.dir);
  const ended = await endsAs(run, expected);
  expect(ended).toBe(1);
  recordFault(task, {
    promise: 1,
    fault: "the folders of the steps belong to another user",
    how: "given to nobody before a start without root's capabilities",
    injected: 1,
    found: { "runs that ended as the undisturbed one afterwards": ended },
    outcome: "exit 75 before the step's script is started; goes on once they are given back",
  });
});

it("refuses to run on a read-only file system, and can be looked at there", async ({ task }) => {
  const undisturbed = crashScene();
  await resume(undisturbed);
  const expected = artifactsOf(undisturbed);
  const run = await strangeRun();
  const before = timedTreeOf(run.scene.root);
  const readOnly = readOnlyMount(run.scene.runs);
  const { stderr } = expectExit(75, await run.start(readOnly));
  expect(stderr).toContain("the file system is read-only (EROFS). Mount it writable again");
  const looks = [["status"], ["show", run.dir], ["logs", run.dir]];
  for (const args of looks) await run.scene.exits(0, args, readOnly);
  const changed = changes(before, timedTreeOf(run.scene.root));
  expect(changed).toEqual([]);
  const ended = await endsAs(run, expected);
  expect(ended).toBe(1);
  recordFault(task, {
    promise: [1, 4],
    fault: "the runs directory is on a read-only file system",
    how: "a bind mount, remounted read-only in the start's own mount namespace",
    injected: 1 + looks.length,
    found: {
      "files and times changed": changed.length,
      "runs that ended as the undisturbed one afterwards": ended,
    },
    outcome: "exit 75 that names the way out; status, show and logs work",
  });
});

const readOnlyMount = (directory: string): StartOptions => ({
  through: [
    "unshare",
    "--mount",
    "sh",
    "-c",
    'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"',
    directory,
  ],
});

/** With all that is in it. */
function giveAway(path: string, mode: number): void {
  for (const entry of withEntries(path)) lchownSync(entry, NOBODY, NOBODY);
  chmodSync(path, mode);
}

function takeBack(dir: string): void {
  const uid = process.getuid?.() ?? 0;
  chmodSync(dir, 0o755);
  for (const entry of withEntries(dir)) lchownSync(entry, uid, uid);
}

function withEntries(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  return [path, ...readdirSync(path, { recursive: true, encoding: "utf8" }).map((name) => join(path, name))];
}

/** Starts the command again; 1 when it ends as it would have without all this. */
async function endsAs(run: StrangeRun, expected: Readonly<Record<string, unknown>>): Promise<number> {
  expectExit(0, await run.start(POWERLESS));
  expect(differences(artifactsOf(run.scene), expected)).toEqual([]);
  return 1;
}

const changes = (
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): readonly string[] => Object.keys({ ...before, ...after }).filter((name) => before[name] !== after[name]);
