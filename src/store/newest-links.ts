import type { FileSystem } from "./files.ts";
import type { RunLayout } from "./layout.ts";
import type { AttemptView } from "./view-problems.ts";

/** `<run>/<node>` points to the node's newest visit, so that `cat plan/output.json` works. */
export interface NewestLinks {
  /** The node has a newer visit; the link follows at the next `flush`. */
  note(node: string, step: number): void;
  flush(): void;
}

export function createNewestLinks({ layout, files, attempt }: CreateNewestLinks): NewestLinks {
  const pending = new Map<string, number>();
  return {
    note: (node, step) => void pending.set(node, step),
    flush() {
      for (const [node, step] of pending) {
        const path = layout.newestLink(node);
        attempt(`the link ${path}`, () => replaceLink(files, path, layout.newestLinkTarget(step, node)));
      }
      pending.clear();
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
