import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { table } from "./docs-markdown.ts";
import { CHECKOUT } from "./docs-pages.ts";
import type { FaultRow } from "./fault-matrix.ts";

/** A row and the test file that measured it. */
export interface MeasuredRow extends FaultRow {
  /** Relative to the checkout. */
  readonly test: string;
}

/** A line of the published table, as far as it can be checked against the tests. */
export interface PublishedRow {
  readonly fault: string;
  readonly test: string;
  /** The whole line of Markdown. */
  readonly line: string;
}

const PART = /(?<=^<!-- measured: fault matrix -->\n)[\s\S]*?(?=^<!-- end of measured -->$)/m;
const ROW = /^\| [\d, ]+ \| \[(?<fault>[^\]]+)\]\(\.\.\/(?<test>[^)]+)\) \|.*$/gm;

/** The rows in the page. */
export const publishedRows = (page: string): readonly PublishedRow[] =>
  [...(PART.exec(page)?.[0] ?? "").matchAll(ROW)].map(({ 0: line, groups }) => ({
    fault: groups?.["fault"] ?? "",
    test: groups?.["test"] ?? "",
    line,
  }));

/**
 * The page with the measured rows in place of the older rows of the same tests. Rows of tests that did not run stay as long
 * as their test exists. Throws for a page without a place for them.
 */
export function withMeasuredRows(page: string, { rows, ran, existing, where }: Measurement): string {
  if (!PART.test(page)) throw new Error("The page has no place for the fault matrix.");
  const kept = publishedRows(page).filter(({ test }) => !ran.includes(test) && existing.includes(test));
  const lines = [...kept.map(({ line }) => line), ...tableLines(rows)];
  const head = table(HEAD, []);
  const note =
    kept.length === 0 ? "Measured" : `${rows.length} of the ${lines.length} rows were last measured`;
  return page.replace(PART, () => `\n${note} ${where}.\n\n${[head, ...lines.toSorted()].join("\n")}\n\n`);
}

export interface Measurement {
  readonly rows: readonly MeasuredRow[];
  /** The test files of this run and all existing ones, relative to the checkout. */
  readonly ran: readonly string[];
  readonly existing: readonly string[];
  /** Day, machine and settings, as the end of a sentence that begins with `Measured`. */
  readonly where: string;
}

const HEAD = ["promise", "what breaks", "how often, and how", "found", "what became of the runs"];

/** One line of Markdown per row. */
const tableLines = (rows: readonly MeasuredRow[]): readonly string[] =>
  table(HEAD, rows.map(cells)).split("\n").slice(2);

const cells = ({ promise, fault, test, how, injected, found, outcome }: MeasuredRow): readonly string[] => [
  [promise].flat().join(", "),
  `[${fault}](../${test})`,
  `${injected} × ${how}`,
  figures({ found }),
  outcome,
];

/** The measured figures as one text. */
export const figures = ({ found }: Pick<FaultRow, "found">): string =>
  Object.entries(found)
    .map(([name, value]) => `${name}: ${value}`)
    .join("; ");

/** The faults that a test file declares, as patterns: `fault: "..."`, or a template whose placeholders match anything. */
export const declaredFaults = (source: string): readonly RegExp[] =>
  [...source.matchAll(/\bfault: (?:"(?<text>[^"]+)"|`(?<template>[^`]+)`)/g)].map(({ groups }) => {
    const parts = (groups?.["text"] ?? groups?.["template"] ?? "").split(/\$\{[^}]*\}/);
    return new RegExp(`^${parts.map((part) => part.replaceAll(/[.*+?^$()[\]{}|\\]/g, "\\$&")).join(".+")}$`);
  });

/** Every test file that may have rows, relative to the checkout: the `faults` project's, and those with a real engine. */
export const faultTestFiles = (): readonly string[] =>
  ["tests/faults", "tests/docker"].flatMap((folder) =>
    readdirSync(join(CHECKOUT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".test.ts"))
      .map((name) => join(folder, name))
      .toSorted(),
  );

export const inCheckout = (file: string): string => relative(CHECKOUT, file);
