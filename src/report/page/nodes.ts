import { formatDuration } from "../../core/duration.ts";
import type { ReportData, ReportNode } from "../report-data.ts";
import { byId, element } from "./dom.ts";
import { costWords, tokenWords } from "./words.ts";

interface Column {
  readonly name: string;
  readonly isNumber: boolean;
  readonly of: (node: ReportNode) => string;
}

const numbers = (name: string, of: Column["of"]): Column => ({ name, isNumber: true, of });
const words = (name: string, of: Column["of"]): Column => ({ name, isNumber: false, of });
const orEmpty = (count: number): string => (count === 0 ? "" : String(count));

const COLUMNS: readonly Column[] = [
  words("node", ({ id }) => id),
  words("type", ({ type }) => type),
  numbers("cost", ({ type, usage }) => (asked(type, usage) ? costWords(usage) || "unpriced" : "")),
  numbers("tokens", ({ type, usage }) => (asked(type, usage) ? tokenWords(usage) || "?" : "")),
  numbers("visits", ({ visits }) => String(visits)),
  numbers("attempts", ({ attempts }) => orEmpty(attempts)),
  numbers("failed", ({ failedAttempts }) => orEmpty(failedAttempts)),
  numbers("defaulted", ({ defaulted }) => orEmpty(defaulted)),
  numbers("repaired", ({ repaired }) => orEmpty(repaired)),
  numbers("time", ({ durationMs }) => formatDuration(durationMs)),
  numbers("waited", ({ waitedMs }) => (waitedMs === 0 ? "" : formatDuration(waitedMs))),
];

/** An agent was asked, so that it cost something, known or not. */
const asked = (type: string, usage: ReportNode["usage"]): boolean => type === "agent" || usage !== null;

/** Cost, tokens and time by node, the dearest first. */
export function showNodes({ nodes, run }: ReportData): void {
  const sorted = nodes.toSorted(
    (left, right) =>
      (right.usage?.costUsd ?? 0) - (left.usage?.costUsd ?? 0) ||
      (right.usage?.tokens ?? 0) - (left.usage?.tokens ?? 0) ||
      right.durationMs - left.durationMs,
  );
  const total = `total ${nodes.some(({ type, usage }) => asked(type, usage)) ? costWords(run.usage) : "nothing"}`;
  const sum = element("td", { text: total });
  sum.colSpan = COLUMNS.length;
  byId("nodes").append(
    element("table", {
      children: [
        element("thead", {
          children: [element("tr", { children: COLUMNS.map((column) => cell("th", column, column.name)) })],
        }),
        element("tbody", {
          children: sorted.map((node) =>
            element("tr", { children: COLUMNS.map((column) => cell("td", column, column.of(node))) }),
          ),
        }),
        element("tfoot", { children: [element("tr", { children: [sum] })] }),
      ],
    }),
  );
}

const cell = (name: "td" | "th", column: Column, text: string): HTMLElement =>
  element(name, { class: column.isNumber ? "number" : "", text });
