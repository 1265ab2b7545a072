import { formatDuration } from "../../core/duration.ts";
import type { ReportEntry, ReportStep, ReportText, ReportUsage } from "../report-data.ts";
import { element } from "./dom.ts";
import { costWords, timeWords, tokenWords } from "./words.ts";

/** Shows a step as a line that opens. Its content is built when it is first opened. */
export function stepElement(step: ReportStep): HTMLDetailsElement {
  const made = element("details", { class: "step", children: [summaryLine(step)] });
  made.dataset["step"] = String(step.step);
  made.addEventListener("toggle", () => {
    if (made.open && made.childElementCount === 1) made.append(inside(step));
  });
  return made;
}

const summaryLine = (step: ReportStep): HTMLElement =>
  element("summary", {
    children: [
      element("span", { class: "number soft", text: String(step.step) }),
      element("span", { class: "node", text: step.visit === 1 ? step.node : `${step.node} (${step.visit})` }),
      element("span", {
        children: [element("span", { class: `badge ${badgeOf(step)}`, text: badgeOf(step) })],
      }),
      element("span", { class: "number soft", text: formatDuration(step.durationMs) }),
      element("span", { class: "reason", text: step.reason === "" ? arrowTo(step) : step.reason }),
    ],
  });

const badgeOf = ({ outcome, tainted }: ReportStep): string =>
  outcome === "genuine" && tainted.length > 0 ? "tainted" : outcome;

const arrowTo = ({ next }: ReportStep): string => (next === "" ? "" : `→ ${next}`);

function inside(step: ReportStep): HTMLElement {
  const facts = [
    step.type,
    timeWords(step.startedMs),
    ...(step.waitedMs === 0 ? [] : [`waited ${formatDuration(step.waitedMs)}`]),
    ...usedWords(step.usage),
    ...(step.next === "" ? [] : [`next: ${step.next}`]),
    step.folder,
  ];
  const newest = step.entries.findLast(({ prompt, answer }) => prompt !== null || answer !== null);
  return element("div", {
    class: "inside",
    children: [
      element("p", { class: "soft", text: facts.join(" · ") }),
      ...lineIf(step.defaulted, "Defaulted"),
      ...lineIf(step.tainted, "Computed from defaulted"),
      ...textElements("command", step.command, true),
      ...textElements("output", step.output, newest === undefined),
      ...leftOut(step),
      ...step.entries.map((entry) => entryElement(entry, { step, isOpen: entry === newest })),
    ],
  });
}

function usedWords(usage: ReportUsage | null): readonly string[] {
  const tokens = tokenWords(usage);
  return [tokens === "" ? "" : `${tokens} tokens`, costWords(usage)].filter((words) => words !== "");
}

const lineIf = (keys: readonly string[], what: string): readonly HTMLElement[] =>
  keys.length === 0 ? [] : [element("p", { class: "entry", text: `${what}: ${keys.join(", ")}` })];

const leftOut = ({ entriesLeftOut, folder }: ReportStep): readonly HTMLElement[] =>
  entriesLeftOut === 0
    ? []
    : [
        element("p", {
          class: "soft",
          text: `${entriesLeftOut} entries in the middle are left out here; all are in the journal and in ${folder}.`,
        }),
      ];

interface EntryPlace {
  readonly step: ReportStep;
  /** True for the deciding attempt: its texts are open. */
  readonly isOpen: boolean;
}

function entryElement(entry: ReportEntry, { step, isOpen }: EntryPlace): HTMLElement {
  const facts = [
    timeWords(entry.startedMs),
    ...(entry.durationMs === null ? [] : [formatDuration(entry.durationMs)]),
    ...usedWords(entry.usage),
  ];
  return element("div", {
    class: "entry",
    children: [
      element("p", {
        children: [
          element("span", { class: `badge ${entry.state}`, text: entry.title }),
          element("span", { class: "soft", text: ` ${facts.join(" · ")}` }),
        ],
      }),
      ...bar(entry, step),
      ...(entry.detail === "" ? [] : [element("p", { text: entry.detail })]),
      ...textElements("prompt", entry.prompt, isOpen),
      ...textElements("answer", entry.answer, isOpen),
    ],
  });
}

/** The entry's position in the time of the step. */
function bar(entry: ReportEntry, step: ReportStep): readonly HTMLElement[] {
  if (entry.durationMs === null || entry.durationMs === 0 || step.durationMs === 0 || step.entries.length < 2)
    return [];
  const mark = element("i", { class: entry.state === "open" ? "ok" : entry.state });
  const left = (100 * (entry.startedMs - step.startedMs)) / step.durationMs;
  mark.style.left = `min(${left.toFixed(2)}%, calc(100% - 2px))`;
  mark.style.width = `${((100 * entry.durationMs) / step.durationMs).toFixed(2)}%`;
  return [element("div", { class: "track bar", children: [mark] })];
}

function textElements(name: string, text: ReportText | null, isOpen: boolean): readonly HTMLElement[] {
  if (text === null) return [];
  const cut = text.characters > text.text.length;
  const size = `${text.characters.toLocaleString()} characters`;
  const block = element("pre", { text: text.text });
  block.dir = "auto";
  const note = element("p", {
    class: "soft",
    text: `Cut after ${text.text.length.toLocaleString()} of ${size}. The whole is in ${text.file}.`,
  });
  const made = element("details", {
    class: "text",
    children: [
      element("summary", { text: `${name} (${size}${cut ? ", cut" : ""})` }),
      block,
      ...(cut ? [note] : []),
    ],
  });
  made.open = isOpen;
  return [made];
}
