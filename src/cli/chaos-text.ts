import type { ChaosCase, Target } from "../chaos/case.ts";
import type { CaseResult } from "../chaos/judge-case.ts";
import { alignColumns } from "./columns.ts";
import type { Layout, Style } from "./style.ts";
import { wrap } from "./text-width.ts";

/** A case and its result. */
export interface CaseLine {
  readonly chaosCase: ChaosCase;
  readonly result: CaseResult;
}

/** `fix#2`: the node and its visit. */
export const placeText = ({ node, visit }: Target): string => `${node}#${visit}`;

/** Formats the table at the end. Visits of a node with the same outcome share a line. Pure. */
export function tableLines(lines: readonly CaseLine[], { style, columns }: Layout): readonly string[] {
  const header = ["step", "what happened to it", "end", "exit", "defaulted", "twice", "verdict"];
  const rows = grouped(lines).map(({ places, label, result }) => [
    places,
    label,
    result.reached,
    result.exitCode === null ? "-" : String(result.exitCode),
    listOf(result.defaulted),
    listOf(result.again),
    painted(result.judgement, style),
  ]);
  return alignColumns([header.map(style.strong), ...rows], columns);
}

/** Formats each finding once, with the cases that it is about; broken promises come first. Pure. */
export function findingLines(lines: readonly CaseLine[], { style, columns }: Layout): readonly string[] {
  return (["broken", "look"] as const).flatMap((judgement) => {
    const found = new Map<string, string[]>();
    for (const { chaosCase, result } of lines.filter((line) => line.result.judgement === judgement)) {
      const text = `${chaosCase.target.node}, ${chaosCase.fault.label}: ${result.notes.join("; ")}`;
      found.set(text, [...(found.get(text) ?? []), String(chaosCase.number)]);
    }
    return [...found].flatMap(([text, cases]) =>
      wrap(`${painted(judgement, style)}  ${text} (case ${cases.join(", ")})`, { columns, indent: "    " }),
    );
  });
}

interface Group {
  readonly node: string;
  readonly places: string;
  readonly label: string;
  readonly result: CaseResult;
}

function grouped(lines: readonly CaseLine[]): readonly Group[] {
  const groups = new Map<string, { first: CaseLine; visits: number[] }>();
  for (const line of lines) {
    const { target, fault } = line.chaosCase;
    const key = JSON.stringify([target.node, fault.label, { ...line.result, notes: [] }]);
    const group = groups.get(key) ?? { first: line, visits: [] };
    group.visits.push(target.visit);
    groups.set(key, group);
  }
  const order = [...new Set(lines.map(({ chaosCase }) => chaosCase.target.node))];
  return [...groups.values()]
    .map(({ first: { chaosCase, result }, visits }) => ({
      node: chaosCase.target.node,
      places: `${chaosCase.target.node}#${rangeText(visits)}`,
      label: chaosCase.fault.label,
      result,
    }))
    .toSorted((left, right) => order.indexOf(left.node) - order.indexOf(right.node));
}

/** `1-3,5`. */
function rangeText(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers.toSorted((left, right) => left - right)) {
    const last = ranges.at(-1);
    if (last !== undefined && number <= last[1] + 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(",");
}

const listOf = (names: readonly string[]): string =>
  names.length === 0 ? "-" : [...new Set(names)].join(",");

function painted(judgement: CaseResult["judgement"], style: Style): string {
  if (judgement === "kept") return style.good(judgement);
  return judgement === "look" ? style.attention(judgement) : style.bad(judgement);
}
