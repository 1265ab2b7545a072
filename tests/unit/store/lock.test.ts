import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Holder } from "../../../src/core/vocabulary.ts";
import { StorageFailure } from "../../../src/core/ports.ts";
import { currentHolder } from "../../../src/store/holder.ts";
import { openJournal } from "../../../src/store/journal.ts";
import { acquireLock, type Lock, readLock } from "../../../src/store/lock.ts";
import { runLayout } from "../../../src/store/layout.ts";
import { type Fault, failingFiles } from "../../support/failing-files.ts";
import { buildStore, type BuiltStore, startLockChild } from "./lock-process.ts";
import { gist, readAll, runResumed, stamp, temporaryDirectory, warning } from "./run-fixture.ts";

const LEASE = { staleMs: 2000, refreshMs: 1000 };
const newRunDir = () => join(temporaryDirectory(), "demo-default");

let built: BuiltStore;
beforeAll(async () => {
  built = await buildStore();
});
afterAll(() => built.remove());

interface Acquired {
  readonly lock: Lock;
  readonly observed: (Holder | null)[];
  readonly lost: string[];
}

async function acquire(runDir: string, holder: Holder = currentHolder()): Promise<Acquired> {
  const observed: (Holder | null)[] = [];
  const lost: string[] = [];
  const lock = await acquireLock({
    runDir,
    holder,
    onLost: (why) => lost.push(why),
    onObserve: (other) => observed.push(other),
    lease: LEASE,
  });
  onTestFinished(() => lock.release());
  return { lock, observed, lost };
}

describe("a free run", () => {
  test("is taken, shown, and released", async () => {
    const runDir = newRunDir();
    const { lock } = await acquire(runDir);
    expect(lock.stillHeld()).toBe(true);
    expect(readLock(runDir, currentHolder())).toEqual({
      holder: currentHolder(),
      since: expect.stringMatching(/^\d{4}-/),
      liveness: "alive",
    });
    await lock.release();
    expect(lock.stillHeld()).toBe(false);
    expect(readLock(runDir, currentHolder())).toBeUndefined();
    const second = await acquire(runDir);
    expect(second.lock.stillHeld()).toBe(true);
  });

  test("leaves nothing in the run directory and few old locks beside it", async () => {
    const runDir = newRunDir();
    for (let round = 0; round < 12; round += 1) await (await acquire(runDir)).lock.release();
    expect(readdirSync(dirname(runDir))).toEqual([".longhaul"]);
    expect(readdirSync(runLayout(runDir).pastLocks)).toHaveLength(8);
  });
});

describe("every file operation of taking and releasing a free run fails once", () => {
  test.each(["ENOSPC", "EIO", "EROFS", "EMFILE", "short"] as const)(
    "%s is told, leaves no lock and nothing prepared, and never keeps a lock from being given back",
    async (fault) => {
      const endings: string[] = [];
      for (let failAt = 1; endings.at(-1) !== "nothing failed"; failAt += 1) {
        endings.push(await endingOf(failAt, fault));
      }
      expect(endings.filter((ending) => ending === "refused").length).toBeGreaterThan(3);
      expect(new Set(endings)).toEqual(new Set(["refused", "held", "nothing failed"]));
    },
  );
});

async function endingOf(failAt: number, fault: Fault): Promise<string> {
  const runDir = newRunDir();
  const { files, failed } = failingFiles(failAt, fault);
  const options = { runDir, holder: currentHolder(), onLost: () => undefined, files, lease: LEASE };
  const taken = await acquireLock(options).catch((error: unknown) => error);
  if (!(taken instanceof Error)) {
    await (taken as Lock).release(); // acquireLock returns nothing else
    return failed() === undefined ? "nothing failed" : "held";
  }
  const locks = dirname(runLayout(runDir).lock);
  const left = existsSync(locks) ? readdirSync(locks) : [];
  return taken instanceof StorageFailure && left.length === 0
    ? "refused"
    : `${taken.message}, left ${left.join()}`;
}

describe("a held run", () => {
  test("is refused with exit 4, naming host, boot, pid and since", async () => {
    const runDir = newRunDir();
    const child = startLockChild(built.directory, runDir);
    expect(await child.next()).toBe("held");
    const { host, boot_id } = currentHolder();
    await expect(acquire(runDir)).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringMatching(
        new RegExp(
          `^Another process holds this run: host ${host}, boot ${boot_id}, pid ${child.pid}, since 20`,
        ),
      ),
    });
  });

  test("is taken over at once when its holder was killed", async () => {
    const runDir = newRunDir();
    const child = startLockChild(built.directory, runDir);
    expect(await child.next()).toBe("held");
    await child.kill();
    const { lock, observed } = await acquire(runDir);
    expect(lock.stillHeld()).toBe(true);
    expect(observed).toEqual([]);
  });

  test("goes to exactly one of several that find the same dead holder", async () => {
    for (let round = 0; round < 3; round += 1) {
      const runDir = newRunDir();
      const dead = startLockChild(built.directory, runDir);
      expect(await dead.next()).toBe("held");
      await dead.kill();
      const starters = Array.from({ length: 5 }, () => startLockChild(built.directory, runDir));
      const said = await Promise.all(starters.map((starter) => starter.next()));
      expect(said.filter((line) => line === "held")).toHaveLength(1);
      expect(said.filter((line) => line?.startsWith("UsageError 4 Another process holds"))).toHaveLength(4);
      await Promise.all(starters.map((starter) => starter.kill()));
    }
  });

  test("is taken from a frozen holder, whose writes after waking do not count", async () => {
    const runDir = newRunDir();
    const frozen = startLockChild(built.directory, runDir);
    expect([await frozen.next(), await frozen.next()]).toEqual(["held", "writing"]);
    frozen.signal("SIGSTOP");
    letLeaseExpire(runDir);

    const { lock, observed, lost } = await acquire(runDir);
    expect(observed).toMatchObject([{ pid: frozen.pid }]);
    const { events: before, end } = readAll(runDir);
    const journal = openJournal({ runDir, end, stillHeld: () => lock.stillHeld() });
    await journal.append(stamp([runResumed(runDir)], end.seq, 2));

    frozen.signal("SIGCONT");
    const said = [await frozen.next(), await frozen.next(), await frozen.next()];
    expect(
      said.filter((line) => line?.startsWith("LeaseLost  Another process has taken over this run")),
    ).toHaveLength(1);
    await journal.append(stamp([warning("new")], end.seq + 1, 2));
    journal.close();

    const { events } = readAll(runDir);
    expect(events.slice(before.length).map(gist)).toEqual(["run.resumed", "new"]);
    expect(lost).toEqual([]);
  });

  test("tells its holder when the lock is gone", async () => {
    const runDir = newRunDir();
    const { lock, lost } = await acquire(runDir);
    rmSync(runLayout(runDir).lock, { recursive: true });
    expect(lock.stillHeld()).toBe(false);
    await expect.poll(() => lost.length, { timeout: 20_000 }).toBe(1);
    await lock.release();
  });
});

describe("a holder elsewhere", () => {
  const elsewhere = { ...currentHolder(), host: "another-box", pid: 1 };

  test("that does not renew its lease is replaced when the lease expires", async () => {
    const runDir = newRunDir();
    leaveLock(runDir, elsewhere);
    const { lock, observed } = await acquire(runDir);
    expect(lock.stillHeld()).toBe(true);
    expect(observed).toMatchObject([{ host: "another-box" }]);
  });

  test("that renews it is left alone, whatever its clock says", async () => {
    const runDir = newRunDir();
    leaveLock(runDir, elsewhere);
    let clock = Date.now() / 1000 - 86_400;
    const renewing = setInterval(() => {
      clock += 1;
      utimesSync(runLayout(runDir).lock, clock, clock);
    }, 300);
    onTestFinished(() => clearInterval(renewing));
    await expect(acquire(runDir)).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining("host another-box"),
    });
  });

  test("of this host before its last boot is dead", async () => {
    const runDir = newRunDir();
    leaveLock(runDir, { ...currentHolder(), boot_id: "before" });
    expect((await acquire(runDir)).observed).toEqual([]);
  });

  test("with this process' pid but another start is dead", async () => {
    const runDir = newRunDir();
    leaveLock(runDir, { ...currentHolder(), pid_started: "1" });
    expect((await acquire(runDir)).observed).toEqual([]);
  });

  test("in another container of this host is watched", async () => {
    const runDir = newRunDir();
    const contained = { ...currentHolder(), pid_namespace: "pid:[1]" };
    leaveLock(runDir, contained);
    expect((await acquire(runDir)).observed).toMatchObject([contained]);
  });

  test("whose record a power loss destroyed is watched, then replaced", async () => {
    const runDir = newRunDir();
    leaveLock(runDir, elsewhere);
    writeFileSync(join(runLayout(runDir).lock, "holder.json"), "");
    const { lock, observed } = await acquire(runDir);
    expect(observed).toEqual([null]);
    expect(lock.stillHeld()).toBe(true);
  });

  test("whose ended lock was copied back is refused with what to remove", async () => {
    const runDir = newRunDir();
    leaveLock(runDir, { ...currentHolder(), boot_id: "before" });
    const { lock, pastLocks } = runLayout(runDir);
    cpSync(lock, join(pastLocks, "left-behind"), { recursive: true });
    await expect(acquire(runDir)).rejects.toMatchObject({
      exitCode: 4,
      details: [expect.stringContaining(`remove ${pastLocks}/left-behind`)],
    });
  });
});

/** A lock as left behind by a process that is gone. */
function leaveLock(runDir: string, holder: Holder): void {
  const { lock } = runLayout(runDir);
  mkdirSync(lock, { recursive: true });
  writeFileSync(join(lock, "id-left-behind"), "");
  writeFileSync(join(lock, "holder.json"), JSON.stringify({ ...holder, since: "2026-01-01T00:00:00.000Z" }));
}

function letLeaseExpire(runDir: string): void {
  const longAgo = Date.now() / 1000 - 60;
  utimesSync(runLayout(runDir).lock, longAgo, longAgo);
}
