import type { FileSystem } from "./file-system.ts";
import type { RunLayout } from "./layout.ts";
import { errorCode } from "./storage-failure.ts";
import type { WriteView } from "./view-guard.ts";

/** Links to what is newest, for people: `cat plan/output.json`, `cat check/stdout.log`. */
export interface NewestLinks {
  /** The step's `stdout.log` and `stderr.log`: its script is tried, perhaps not for the first time. */
  linkScriptAttempt(place: ScriptAttempt): void;
  /** `<run>/<node>`: the node has a newer visit. Made at the next `flush`, since quick nodes have many. */
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

/** Most links are new: to try costs less than to look first. */
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
