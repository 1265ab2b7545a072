import { readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  artifactsOf,
  crashScene,
  differences,
  expectSoundJournal,
  killedInStep,
  resume,
} from "../support/crash-run.ts";
import { recordFault } from "../support/fault-matrix.ts";
import { forEachInParallel } from "../support/parallel.ts";

it("goes on after a power loss tore the last write of the journal, wherever", async ({ task }) => {
  const undisturbed = crashScene();
  await resume(undisturbed);
  const expected = artifactsOf(undisturbed);

  const { tailBytes } = await killedInStep(4);
  expect(tailBytes).toBeGreaterThan(100);
  const troubles: string[] = [];
  let resumed = 0;
  // Two dozen cuts across the whole write; the store's own tests try every byte, without a run each.
  const cuts = Array.from({ length: 24 }, (_, index) => Math.round((index * tailBytes) / 24) + 1);
  const lengths = [...new Set([1, 2, tailBytes - 1, ...cuts])];
  await forEachInParallel(lengths, async (cut) => {
    const { scene, tailBytes: bytes } = await killedInStep(4);
    const journal = join(scene.runs, "crash-default", "journal.jsonl");
    truncateSync(journal, readFileSync(journal).length - Math.min(cut, bytes));
    try {
      await resume(scene);
      expect(differences(artifactsOf(scene), expected)).toEqual([]);
      expectSoundJournal(scene);
      resumed += 1;
    } catch (error) {
      troubles.push(`${cut} bytes short: ${String(error)}`);
    }
    scene.remove();
  });
  expect(troubles).toEqual([]);
  recordFault(task, {
    promise: 1,
    fault: "the last write of the journal is torn by a power cut",
    how: "the journal of a killed run cut short by some bytes, across its whole last write",
    injected: lengths.length,
    found: { "bytes of the last write": tailBytes, "runs that ended as the undisturbed one": resumed },
    outcome: "what is left of the torn write is cut off, and the run goes on before it",
  });
});
