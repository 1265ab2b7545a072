import { expect, it } from "vitest";
import { inContainer, onHost } from "../support/elsewhere.ts";
import { type FaultRow, recordFault } from "../support/fault-matrix.ts";
import {
  expectOneStory,
  finish,
  heldScene,
  refused,
  runnerOf,
  scriptShown,
  startedInScript,
  startHeld,
  stepsLeft,
} from "../support/held-run.ts";
import type { Ended, Scene, StartOptions } from "../support/longhaul.ts";
import { until } from "../support/until.ts";

it("lets one process at a time hold a run, wherever the others are", async ({ task }) => {
  const container = {
    what: "the lock is of a process in another container",
    where: inContainer(),
    name: "",
  };
  const host = { what: "two hosts share a runs directory", where: onHost("alpha"), name: "host alpha" };
  // Most of it is waiting for leases to run out, so all of it goes on at once.
  const rows = await Promise.all([
    aliveHere(heldScene()),
    deadHere(heldScene()),
    ...[container, host].flatMap((place) => [
      aliveElsewhere(heldScene(), place),
      deadElsewhere(heldScene(), place),
    ]),
    startedTogether(heldScene()),
  ]);
  expect(rows).toHaveLength(7);
  for (const row of rows) recordFault(task, row);
});

async function aliveHere(scene: Scene): Promise<FaultRow> {
  const holder = await startedInScript(scene);
  await scriptShown(scene);
  const changed = await refused(scene, `pid ${holder.pid}, since`);
  await finish(scene, holder);
  return {
    promise: 1,
    fault: "the lock is of a live process",
    how: "a second start of the same command while the first is in a script",
    injected: 1,
    found: { "files changed by the refusal": changed, "starts of the script": scene.ledger().length },
    outcome: "refused at once with exit 4 that names host, boot, pid and start",
  };
}

async function deadHere(scene: Scene): Promise<FaultRow> {
  const holder = await startedInScript(scene);
  holder.child.kill("SIGKILL");
  await holder.ended;
  const taker = await startedInScript(scene);
  expect(taker.stderr()).not.toContain("Watching");
  await finish(scene, taker);
  return {
    promise: 1,
    fault: "the lock was left by a dead process",
    how: "SIGKILL of the runner in a script, then the same command",
    injected: 1,
    found: { "starts of the script": scene.ledger().length, "processes left": stepsLeft(scene) },
    outcome: "taken over at once",
  };
}

interface Elsewhere {
  /** The first half of the row's fault. */
  readonly what: string;
  readonly where: StartOptions;
  /** What a refusal says of where the holder is. */
  readonly name: string;
}

async function aliveElsewhere(scene: Scene, { what, where, name }: Elsewhere): Promise<FaultRow> {
  const holder = await startedInScript(scene, where);
  await scriptShown(scene);
  // Its runner is process 1 there, which is another process here, and alive as well.
  const changed = await refused(scene, name, ", pid 1, since");
  await finish(scene, holder);
  return {
    promise: 1,
    fault: `${what}, and it is alive`,
    how: "a start here while the holder is in a script; its pid is that of another process here",
    injected: 1,
    found: { "files changed by the refusal": changed, "starts of the script": scene.ledger().length },
    outcome: "watched until it renews its lease, then refused with exit 4",
  };
}

async function deadElsewhere(scene: Scene, { what, where }: Elsewhere): Promise<FaultRow> {
  const holder = await startedInScript(scene, where);
  process.kill(runnerOf(holder), "SIGKILL");
  await holder.ended;
  const taker = await startedInScript(scene);
  expect(taker.stderr()).toContain("Watching for up to 15 s");
  await finish(scene, taker);
  return {
    promise: 1,
    fault: `${what}, and it is dead`,
    how: "SIGKILL of all there while the holder is in a script; its pid is that of a live process here",
    injected: 1,
    found: { "starts of the script": scene.ledger().length, "processes left": stepsLeft(scene) },
    outcome: "watched for 15 s, then taken over",
  };
}

async function startedTogether(scene: Scene): Promise<FaultRow> {
  const starts = ["alpha", "beta", "gamma"].map((name) => startHeld(scene, onHost(name)));
  await until(
    () => scene.ledger().length === 1,
    () => starts.map(({ stderr }) => stderr()).join("\n"),
  );
  // The one with the script holds on until there is a gate, so these are the two others.
  const refusals: Ended[] = [];
  for (const { ended } of starts) void ended.then((one) => refusals.push(one));
  await until(
    () => refusals.length === 2,
    () => starts.map(({ stderr }) => stderr()).join("\n"),
  );
  expect(refusals.map(({ code }) => code)).toEqual([4, 4]);
  scene.write({ gate: "" });
  const codes = (await Promise.all(starts.map(({ ended }) => ended))).map(({ code }) => code);
  expect(codes.toSorted((left, right) => Number(left) - Number(right))).toEqual([0, 4, 4]);
  expectOneStory(scene, { leases: 1 });
  return {
    promise: 1,
    fault: "three hosts start the same run at once",
    how: "the same command with another host name, boot and process ids each",
    injected: starts.length,
    found: {
      "starts of the script": scene.ledger().length,
      "refused with exit 4": codes.filter((code) => code === 4).length,
    },
    outcome: "one goes on, the others end with exit 4",
  };
}
