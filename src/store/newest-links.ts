import type { FileSystem } from "./file-system.ts";
import type { RunLayout } from "./layout.ts";
import { errorCode } from "./storage-failure.ts";
import type { WriteView } from "./view-guard.ts";

/** Links to the newest files, for display: `cat plan/output.json`, `cat check/stdout.log`. */
export interface NewestLinks {
  /** Points the step's `stdout.log` and `stderr.log` to this attempt of its script. */
  linkScriptAttempt(place: ScriptAttempt): void;
  /** `<run>/<node>`: notes a newer visit of the node. `flush` makes the link, since quick nodes have many visits. */
  noteVisit(node: string, step: number): void;
  flush(): void;
}

interface ScriptAttempt {
  readonly step: number;
  readonly node: string;
  readonly attempt: number;
}

const SCRIPT_OUTPUTS = ["stdout.log", "stderr.log"];

export function createNewestLinks({ layout, files, writeView }: CreateNewestLinks): NewestLinks {
  const visits = new Map<string, string>();
  const link = (path: string, target: string) =>
    writeView(`the link ${path}`, () => placeLink(files, path, target));
  return {
    linkScriptAttempt({ step, node, attempt }) {
      const stepDir = layout.stepDir(step, node);
      const target = layout.newestAttemptTarget(attempt);
      for (const name of SCRIPT_OUTPUTS) link(`${stepDir}/${name}`, `${target}/${name}`);
    },
    noteVisit: (node, step) => void visits.set(layout.newestLink(node), layout.newestLinkTarget(step, node)),
    flush() {
      for (const [path, target] of visits) link(path, target);
      visits.clear();
    },
  };
}

interface CreateNewestLinks {
  readonly layout: RunLayout;
  readonly files: FileSystem;
  readonly writeView: WriteView;
}

/** Most links are new, so trying first costs less than checking first. */
function placeLink(files: FileSystem, path: string, target: string): void {
  try {
    files.symlink(target, path);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
    replaceLink(files, path, target);
  }
}

function replaceLink(files: FileSystem, path: string, target: string): void {
  const kind = files.kind(path);
  if (kind !== "symlink" && kind !== "missing") {
    throw new Error(
      `there is ${kind === "other" ? "something else" : `a ${kind}`} of that name, which is left alone`,
    );
  }
  const temporary = `${path}.tmp`;
  if (files.kind(temporary) !== "missing") files.remove(temporary);
  files.symlink(target, temporary);
  files.rename(temporary, path);
}
