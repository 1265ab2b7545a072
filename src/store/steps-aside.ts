import { dirname, join } from "node:path";
import type { JournalEvent } from "../core/event.ts";
import type { FileSystem } from "./file-system.ts";
import { syncDirectory } from "./files.ts";
import { freePath } from "./free-path.ts";
import { type RunLayout, runLayout } from "./layout.ts";

/** The last step and attempt that a journal mentions. */
export interface KnownSteps {
  readonly last: number;
  /** Attempts of the last step. */
  readonly attempts: number;
}

export const NO_STEPS: KnownSteps = { last: 0, attempts: 0 };

/** Adds one more event. Pure. */
export function knownSteps(known: KnownSteps, event: JournalEvent): KnownSteps {
  if (event.type === "step.started") return { last: event.step, attempts: 0 };
  return event.type === "attempt.started" ? { ...known, attempts: event.attempt } : known;
}

/**
 * Moves the files of steps and attempts that the cut journal will not mention any more into `steps.before-repair`,
 * because the run uses the same numbers again. Keeps files of an earlier repair. Returns true when it moved any.
 */
export function setStepsAside(runDir: string, known: KnownSteps, files: FileSystem): boolean {
  const layout = runLayout(runDir);
  const steps = numbered(layout.steps, files);
  const later = steps.filter(({ number }) => number > known.last);
  const attempts = steps
    .filter(({ number }) => number === known.last)
    .map(({ name }) => join(name, "attempts"))
    .flatMap((directory) =>
      numbered(join(layout.steps, directory), files)
        .filter(({ number }) => number > known.attempts)
        .map(({ name }) => join(directory, name)),
    );
  for (const { name } of later) removeLink(layout, name, files);
  const folders = [...later.map(({ name }) => name), ...attempts];
  for (const folder of folders) move(layout, folder, files);
  return folders.length > 0;
}

/** Entries whose names begin with a number: directories of steps, or of attempts. */
function numbered(directory: string, files: FileSystem) {
  const names = files.kind(directory) === "directory" ? files.list(directory) : [];
  return names.flatMap((name) => {
    const [digits] = /^\d+(?=-|$)/.exec(name) ?? [];
    return digits === undefined ? [] : [{ name, number: Number(digits) }];
  });
}

/** The link would dangle if the node is not visited again. A link to an earlier visit is made again at the resume. */
function removeLink(layout: RunLayout, folder: string, files: FileSystem): void {
  const link = layout.newestLink(folder.slice(folder.indexOf("-") + 1));
  if (files.kind(link) === "symlink") files.remove(link);
}

function move({ steps, stepsBeforeRepair }: RunLayout, folder: string, files: FileSystem): void {
  const from = join(steps, folder);
  const to = freePath(files, join(stepsBeforeRepair, folder));
  files.makeDirectory(dirname(to));
  files.rename(from, to);
  for (const directory of [dirname(to), dirname(from)]) syncDirectory(files, directory);
}
