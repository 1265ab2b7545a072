import { join, relative } from "node:path";
import type { FileSystem } from "./file-system.ts";
import type { RunLayout } from "./layout.ts";
import type { AttemptView } from "./view-problems.ts";

/** Links to what is newest, for people: `cat plan/output.json`, `cat check/stdout.log`. */
export interface NewestLinks {
  /** `<run>/<node>`: the node has a newer visit. This and the next are made at the next `flush`. */
  noteVisit(node: string, step: number): void;
  /** The step's `stdout.log` and `stderr.log`: its script is tried again. */
  noteScriptAttempt(place: ScriptAttempt): void;
  flush(): void;
}

interface ScriptAttempt {
  readonly step: number;
  readonly node: string;
  readonly attempt: number;
}

const SCRIPT_OUTPUTS = ["stdout.log", "stderr.log"];

export function createNewestLinks({ layout, files, attempt: attemptView }: CreateNewestLinks): NewestLinks {
  const targets = new Map<string, string>();
  return {
    noteVisit: (node, step) => void targets.set(layout.newestLink(node), layout.newestLinkTarget(step, node)),
    noteScriptAttempt({ step, node, attempt }) {
      const stepDir = layout.stepDir(step, node);
      const attemptDir = relative(stepDir, layout.attemptDir(step, node, attempt));
      for (const name of SCRIPT_OUTPUTS) targets.set(join(stepDir, name), join(attemptDir, name));
    },
    flush() {
      for (const [path, target] of targets) {
        attemptView(`the link ${path}`, () => replaceLink(files, path, target));
      }
      targets.clear();
    },
  };
}

interface CreateNewestLinks {
  readonly layout: RunLayout;
  readonly files: FileSystem;
  readonly attempt: AttemptView;
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
