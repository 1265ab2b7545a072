import type { JournalEvent } from "../core/event.ts";
import type { RunState } from "../core/run-state.ts";
import { writeFileAtomic } from "./atomic-file.ts";
import { openBlobs } from "./blobs.ts";
import { createContextText } from "./context-text.ts";
import type { FileSystem } from "./file-system.ts";
import type { RunLayout } from "./layout.ts";
import type { NewestLinks } from "./newest-links.ts";
import { stepViews, viewPath, type ViewFile } from "./step-views.ts";
import type { WriteView } from "./view-guard.ts";

/** `keep` leaves an existing file alone: it was renamed into place, so it is whole unless a power cut has emptied it. */
export type Existing = "replace" | "keep";

interface CreateStepViewWriter {
  readonly layout: RunLayout;
  readonly files: FileSystem;
  readonly links: NewestLinks;
  readonly writeView: WriteView;
}

export type WriteStepViews = (events: readonly JournalEvent[], state: RunState, existing: Existing) => void;

/** Writes the files of `steps/` that a batch of events produces. */
export function createStepViewWriter({
  layout,
  files,
  links,
  writeView,
}: CreateStepViewWriter): WriteStepViews {
  const blobs = openBlobs(layout.runDir, files);
  const contextText = createContextText(blobs);
  const nodes = new Map<number, string>();
  let directory = "";

  const writeFile = (view: ViewFile, existing: Existing) => {
    const path = viewPath(view);
    if (existing === "keep" && isWhole(files, path, view.content)) return;
    if (view.directory !== directory && !files.exists(view.directory)) files.makeDirectory(view.directory);
    directory = view.directory;
    writeFileAtomic({ path, content: view.content, files });
  };

  return (events, state, existing) => {
    for (const event of events) noteNode(event, nodes);
    const lastFinished = events.findLast(({ type }) => type === "step.finished");
    for (const event of events) {
      const node = nodeOf(event, state, nodes);
      if (event.type === "step.started") links.noteVisit(event.node, event.step);
      const contextIsOfStep = event === lastFinished;
      writeView("files of a step", () => {
        const views = stepViews({ event, node, state, contextIsOfStep, layout, blobs, contextText });
        for (const view of views) writeFile(view, existing);
      });
      if (event.type === "attempt.started" && event.mode === "script")
        links.linkScriptAttempt({ ...event, node });
    }
  };
}

/** After a power cut the name may be on disk without the content, or with a part of it. */
function isWhole(files: FileSystem, path: string, content: string): boolean {
  if (!files.exists(path)) return false;
  const file = files.open(path, "read");
  try {
    return file.stat().sizeBytes === Buffer.byteLength(content);
  } finally {
    file.close();
  }
}

/** Start and end of a step name its node. A resume that finishes an open step at once sees only the end. */
function noteNode(event: JournalEvent, nodes: Map<number, string>): void {
  if (event.type === "step.started" || event.type === "step.finished") nodes.set(event.step, event.node);
}

/** An attempt's events name only the step. */
function nodeOf(event: JournalEvent, { open }: RunState, nodes: Map<number, string>): string {
  if (!("step" in event) || event.step === undefined) return "";
  const node = nodes.get(event.step) ?? (open?.step === event.step ? open.node : "");
  if (event.type === "step.finished") nodes.delete(event.step);
  return node;
}
