import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import { findObstacle } from "../../../src/container/obstacle.ts";
import type { Places } from "../../../src/container/places.ts";
import { createContainer } from "./container-scene.ts";

const PLACES: readonly { readonly place: keyof Places; readonly isFinal: boolean }[] = [
  { place: "workspace", isFinal: false },
  { place: "home", isFinal: false },
  { place: "runs", isFinal: true },
  { place: "temporary", isFinal: true },
];

test.each(PLACES)("$place that cannot be written is named; final: $isFinal", ({ place, isFinal }) => {
  const { places } = createContainer();
  rmSync(places[place], { recursive: true });
  const obstacle = findObstacle({ places, hostPath: undefined, needsWorkflow: false });
  expect(obstacle).toMatchObject({ exitCode: 3, isFinal });
  expect(obstacle?.says).toMatch(/ is not writable for \S+ \(uid \d+\)\. Fix the volume's owner or mount\.$/);
  expect(obstacle?.says.startsWith(places[place])).toBe(true);
});

interface GivenWorkflow {
  readonly file: string;
  readonly hostPath: string | undefined;
}

const FINE: readonly GivenWorkflow[] = [
  { file: "workflow/flow.yml", hostPath: "/home/me/flow" },
  { file: "workflow/workflow.yaml", hostPath: undefined },
];
const WRONG: readonly (GivenWorkflow & { readonly says: string })[] = [
  { file: "workflow/notes.txt", hostPath: "/home/me/flow", says: "there is no workflow: " },
  { file: "workflow/workflow.yaml", hostPath: "./flow", says: "give an absolute path" },
];

function look({ file, hostPath }: GivenWorkflow, { needsWorkflow }: { readonly needsWorkflow: boolean }) {
  const scene = createContainer();
  scene.write({ [file]: "" });
  return findObstacle({ places: scene.places, hostPath, needsWorkflow });
}

test.each(FINE)("$file at $hostPath is no obstacle", (given) => {
  expect(look(given, { needsWorkflow: true })).toBeUndefined();
});

test.each(WRONG)("$file at $hostPath is one, for a run alone", ({ says, ...given }) => {
  expect(look(given, { needsWorkflow: true })).toMatchObject({
    exitCode: 2,
    isFinal: false,
    says: expect.stringContaining(says),
  });
  expect(look(given, { needsWorkflow: false })).toBeUndefined();
});

test("a workflow that cannot be read is named as the host knows it, with the way out", () => {
  const { places } = createContainer();
  rmSync(places.workflow, { recursive: true });
  const obstacle = findObstacle({ places, hostPath: "/home/me/it's mine", needsWorkflow: true });
  expect(obstacle).toMatchObject({ exitCode: 2, isFinal: false });
  expect(obstacle?.says).toContain("cannot read /home/me/it's mine. ");
  expect(obstacle?.says).toContain(String.raw`chmod -R a+rX '/home/me/it'\''s mine'`);
});
