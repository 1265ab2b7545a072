import type { EventOf, JournalEvent } from "../core/event.ts";
import { quoteForShell } from "../core/quote-for-shell.ts";
import type { RunState } from "../core/run-state.ts";
import type { BlobStore } from "./blobs.ts";
import type { ContextText } from "./context-text.ts";
import { EVENT_VALUES, stringifyWithBlobs } from "./large-values.ts";
import type { RunLayout } from "./layout.ts";

const LARGEST_WHOLE_CONTEXT_BYTES = 256 * 1024;

/** A file of a step's directory, for display; the journal has the same content. */
export interface ViewFile {
  readonly directory: string;
  readonly name: string;
  readonly content: string;
}

interface StepView {
  readonly event: JournalEvent;
  /** The node of the event's step. */
  readonly node: string;
  readonly state: RunState;
  /** True only for the last finished step of a batch: the state has the context after that step, not after earlier ones. */
  readonly contextIsOfStep: boolean;
  readonly layout: RunLayout;
  readonly blobs: BlobStore;
  readonly contextText: ContextText;
}

/** The files that an event produces. */
export function stepViews(view: StepView): readonly ViewFile[] {
  const { event, layout, node } = view;
  switch (event.type) {
    case "step.started":
      return startedFiles(event, layout.stepDir(event.step, event.node));
    case "attempt.started":
      if (event.prompt === undefined) return [];
      return [file(layout.attemptDir(event.step, node, event.attempt), "prompt.md", event.prompt)];
    case "attempt.finished":
    case "attempt.failed":
    case "attempt.interrupted":
      return [resultFile(view, event)];
    case "step.finished":
      return finishedFiles(view, event);
    default:
      return [];
  }
}

function startedFiles(event: EventOf<"step.started">, directory: string): readonly ViewFile[] {
  if (event.task !== undefined) return [file(directory, "prompt.md", event.task.prompt)];
  if (event.command === undefined) return [];
  const words = [event.command.file, ...event.command.args].map(quoteIfNeeded);
  return [file(directory, "command.txt", `${words.join(" ")}\n`)];
}

type AttemptEnd = JournalEvent & EventOf<"attempt.finished" | "attempt.failed" | "attempt.interrupted">;

function resultFile({ layout, node, blobs }: StepView, event: AttemptEnd): ViewFile {
  const { type, at, seq: _seq, batch: _batch, lease: _lease, ...rest } = event;
  const result = { result: type.slice("attempt.".length), at, ...rest };
  return file(layout.attemptDir(event.step, node, event.attempt), "result.json", readable(result, blobs));
}

function finishedFiles(view: StepView, event: EventOf<"step.finished">): readonly ViewFile[] {
  const directory = view.layout.stepDir(event.step, event.node);
  const files: ViewFile[] = [];
  if (event.branch !== undefined)
    files.push(file(directory, "branch.json", readable(event.branch, view.blobs)));
  if (hasAnswer(event)) files.push(file(directory, "output.json", outputText(event, view.blobs)));
  const context = contextAfter(view, event);
  if (context !== null) files.push(file(directory, "context_after.json", context));
  return files;
}

const hasAnswer = ({ outputs, sources, failure }: EventOf<"step.finished">): boolean =>
  failure !== undefined || Object.keys(outputs).length > 0 || Object.keys(sources).length > 0;

function outputText(
  { outputs, sources, defaulted, failure }: EventOf<"step.finished">,
  blobs: BlobStore,
): string {
  const stored = stringifyWithBlobs({ outputs, sources, defaulted, failure }, EVENT_VALUES, blobs);
  const { outputs: values, ...rest } = JSON.parse(stored);
  return indented({ values, ...rest });
}

/** The whole context while it is small, else the changed keys; null when the step changed none. */
function contextAfter(view: StepView, event: EventOf<"step.finished">): string | null {
  const changed = { ...event.outputs, ...event.set };
  const removed = event.unset ?? [];
  if (Object.keys(changed).length === 0 && removed.length === 0) return null;
  const whole = view.contextIsOfStep
    ? view.contextText.whole(view.state.context, LARGEST_WHOLE_CONTEXT_BYTES)
    : null;
  if (whole !== null) return whole;
  const stored = stringifyWithBlobs({ outputs: changed }, EVENT_VALUES, view.blobs);
  return indented({ $changed: JSON.parse(stored).outputs, $removed: removed });
}

const readable = (value: object, blobs: BlobStore): string =>
  indented(JSON.parse(stringifyWithBlobs(value, EVENT_VALUES, blobs)));

const indented = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const file = (directory: string, name: string, content: string): ViewFile => ({ directory, name, content });

const quoteIfNeeded = (word: string): string =>
  /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : quoteForShell(word);

/** The path of a view. */
export const viewPath = ({ directory, name }: ViewFile): string => `${directory}/${name}`;
