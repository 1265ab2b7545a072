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
  numbers("cost", ({ usage }) => costWords(usage)),
  numbers("tokens", ({ usage }) => tokenWords(usage)),
  numbers("visits", ({ visits }) => String(visits)),
  numbers("attempts", ({ attempts }) => orEmpty(attempts)),
  numbers("failed", ({ failedAttempts }) => orEmpty(failedAttempts)),
  numbers("defaulted", ({ defaulted }) => orEmpty(defaulted)),
  numbers("repaired", ({ repaired }) => orEmpty(repaired)),
  numbers("time", ({ durationMs }) => formatDuration(durationMs)),
  numbers("waited", ({ waitedMs }) => (waitedMs === 0 ? "" : formatDuration(waitedMs))),
];

/** Shows cost, tokens and time by node, the most expensive first. */
export function showNodes({ nodes, run }: ReportData): void {
  const sorted = nodes.toSorted(
    (left, right) =>
      (right.usage?.costUsd ?? 0) - (left.usage?.costUsd ?? 0) ||
      (right.usage?.tokens ?? 0) - (left.usage?.tokens ?? 0) ||
      right.durationMs - left.durationMs,
  );
  const sum = (of: (node: ReportNode) => number) => nodes.reduce((total, node) => total + of(node), 0);
  const total: ReportNode = {
    id: "all",
    type: "",
    visits: sum(({ visits }) => visits),
    attempts: sum(({ attempts }) => attempts),
    failedAttempts: sum(({ failedAttempts }) => failedAttempts),
    durationMs: sum(({ durationMs }) => durationMs),
    waitedMs: sum(({ waitedMs }) => waitedMs),
    defaulted: sum(({ defaulted }) => defaulted),
    repaired: sum(({ repaired }) => repaired),
    usage: run.usage,
  };
  byId("nodes").append(
    element("table", {
      children: [
        element("thead", {
          children: [element("tr", { children: COLUMNS.map((column) => cell("th", column, column.name)) })],
        }),
        element("tbody", {
          children: sorted.map(row),
        }),
        element("tfoot", { children: [row(total)] }),
      ],
    }),
  );
}

const row = (node: ReportNode): HTMLElement =>
  element("tr", { children: COLUMNS.map((column) => cell("td", column, column.of(node))) });

const cell = (name: "td" | "th", column: Column, text: string): HTMLElement =>
  element(name, { class: column.isNumber ? "number" : "", text });
