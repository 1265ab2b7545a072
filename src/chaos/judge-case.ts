import { EXIT } from "../core/failure.ts";
import type { ChaosCase } from "./case.ts";
import type { RunRecord, StepRecord } from "./record.ts";
import { differences, type Undisturbed } from "./undisturbed.ts";

/** What one case did. */
export interface Observation {
  readonly root: string;
  /** Each start of the command, in order, with the run after it. */
  readonly starts: readonly SeenStart[];
  /** Script starts by step, counted by the wrappers. */
  readonly ledger: ReadonlyMap<number, number>;
  /** True when the run reached the step and the fault happened there. */
  readonly happened: boolean;
}

export interface SeenStart {
  /** Null when it was killed. */
  readonly exitCode: number | null;
  /** True when it did not end within the case's time limit. */
  readonly overdue: boolean;
  readonly record: RunRecord | undefined;
}

export interface CaseResult {
  /**
   * `kept`: ended like the undisturbed run. `look`: the promises hold, but the graph went another way, which its author
   * should check. `broken`: a promise does not hold.
   */
  readonly judgement: "kept" | "look" | "broken";
  /** Why it is not `kept`, in sentences. */
  readonly notes: readonly string[];
  /** The end node, or the status of a run that did not end. */
  readonly reached: string;
  readonly exitCode: number | null;
  /** Keys that took their defaults here but not in the undisturbed run. */
  readonly defaulted: readonly string[];
  /** Keys that were computed from defaults. */
  readonly tainted: readonly string[];
  /** Steps that were cut off and done again. */
  readonly again: readonly string[];
}

interface Judged {
  readonly chaosCase: ChaosCase;
  readonly undisturbed: Undisturbed & { readonly root: string };
  readonly seen: Observation;
}

/** Judges a case by its run directory and its processes. Pure. */
export function judgeCase(judged: Judged): CaseResult {
  const last = judged.seen.starts.at(-1);
  const record = last?.record;
  const broken = [...brokenAnyway(judged), ...brokenByFault(judged)];
  const look = broken.length > 0 ? [] : worthALook(judged);
  return {
    judgement: broken.length > 0 ? "broken" : look.length > 0 ? "look" : "kept",
    notes: [...broken, ...look],
    reached: record === undefined ? "nothing" : (record.end ?? standing(last)),
    exitCode: last?.exitCode ?? null,
    defaulted: newlyDefaulted(judged, record),
    tainted: newlyTainted(judged, record),
    again: (record?.steps ?? []).filter(({ cuts }) => cuts > 0).map(({ node }) => node),
  };
}

const standing = (last: SeenStart | undefined): string =>
  last?.overdue === true ? "no end" : (last?.record?.status ?? "nothing");

/** Checks what must hold for every fault: no finished step is lost or done twice, and no start crashes. */
function brokenAnyway({ chaosCase, seen }: Judged): readonly string[] {
  const notes: string[] = [];
  if (!seen.happened) notes.push(`the fault never took place at ${nameOf(chaosCase)}`);
  for (const { exitCode } of seen.starts) {
    if (exitCode === EXIT.bug || exitCode === EXIT.usage) notes.push(`a start ended with exit ${exitCode}`);
  }
  const final = seen.starts.at(-1)?.record;
  for (const node of final?.doubled ?? []) notes.push(`${node} was done again after it had finished`);
  for (const { step, node, attempts } of final?.steps ?? []) {
    const starts = seen.ledger.get(step) ?? 0;
    if (starts > attempts)
      notes.push(`the script of ${node} was started ${starts} times for ${attempts} recorded`);
  }
  for (const { record } of seen.starts.slice(0, -1)) notes.push(...lost(record, final));
  return [...new Set(notes)];
}

function lost(before: RunRecord | undefined, final: RunRecord | undefined): readonly string[] {
  const kept = new Map((final?.steps ?? []).map((step) => [step.step, step]));
  return (before?.steps ?? [])
    .filter(({ step, node, next }) => next !== null && !isSame(kept.get(step), { node, next }))
    .map(({ node }) => `the finished step of ${node} was lost`);
}

const isSame = (step: StepRecord | undefined, { node, next }: Pick<StepRecord, "node" | "next">): boolean =>
  step?.node === node && step.next === next;

/** Checks what must hold for this kind of fault. */
function brokenByFault(judged: Judged): readonly string[] {
  const { chaosCase, seen, undisturbed } = judged;
  const { expects } = chaosCase.fault;
  const last = seen.starts.at(-1);
  if (expects === "lasting" || last?.record === undefined)
    return last?.record === undefined ? ["nothing was run"] : [];
  const exhausted =
    newlyDefaulted(judged, last.record).length > 0 || targetStep(chaosCase, last.record)?.failed === true;
  if (expects === "once" && (exhausted || last.record.status === "stopped")) return [];
  const invented = expects === "outage" ? inventedInOutage(judged) : [];
  const other = differences(undisturbed, { record: last.record, exitCode: last.exitCode, root: seen.root });
  return [...invented, ...other.map((text) => explained(judged, text))];
}

/** During an outage the step must wait: no simpler ask, no default, no end. */
function inventedInOutage(judged: Judged): readonly string[] {
  const { chaosCase, seen } = judged;
  const down = seen.starts[0];
  const step = targetStep(chaosCase, down?.record);
  const notes: string[] = [];
  if (down?.exitCode !== EXIT.resumable && down?.exitCode !== EXIT.notReady)
    notes.push(`the outage ended the run with exit ${down?.exitCode ?? "none"}`);
  if (step?.next != null) notes.push(`${chaosCase.target.node} finished during the outage`);
  if ((step?.reframes ?? 0) > 0)
    notes.push(`${chaosCase.target.node} was asked something simpler in the outage`);
  const defaulted = newlyDefaulted(judged, down?.record);
  if (defaulted.length > 0) notes.push(`${defaulted.join(", ")} defaulted during the outage`);
  return notes;
}

/** A script that was cut after its work runs again. Only the script can make that harmless, so the note says so. */
function explained({ chaosCase: { fault, target } }: Judged, text: string): string {
  const ranTwice = fault.inject.kind === "script" && fault.inject.act === "pause-after";
  return ranTwice
    ? `${text}: the script of ${target.node} is not safe to run again (see LONGHAUL_STEP)`
    : text;
}

/** Describes where the graph went instead. */
function worthALook(judged: Judged): readonly string[] {
  const { seen, undisturbed } = judged;
  const last = seen.starts.at(-1);
  if (last?.record === undefined) return [];
  if (last.overdue) return ["did not end in the time that a case has; is a loop without a bound?"];
  const { record, exitCode } = last;
  const defaulted = newlyDefaulted(judged, record);
  const notes = defaulted.length === 0 ? [] : [defaultNote(judged, defaulted)];
  if (exitCode === EXIT.limit) {
    return [...notes, `stopped by a limit after ${record.steps.length} steps; is a loop without a bound?`];
  }
  if (record.end === null) return [...notes, `does not end: ${record.why.replaceAll(seen.root, "<case>")}`];
  if (notes.length > 0 && record.end === undisturbed.record.end) return notes;
  return [...notes, ...differences(undisturbed, { record, exitCode, root: seen.root })];
}

function defaultNote(judged: Judged, defaulted: readonly string[]): string {
  const tainted = newlyTainted(judged, judged.seen.starts.at(-1)?.record);
  const from = tainted.length === 0 ? "" : `; computed from it: ${tainted.join(", ")}`;
  return `${defaulted.join(", ")} took the default${from}`;
}

const targetStep = ({ target }: ChaosCase, record: RunRecord | undefined): StepRecord | undefined =>
  record?.steps.find(({ step }) => step === target.step);

const nameOf = ({ target }: ChaosCase): string => `${target.node}, visit ${target.visit}`;

function newlyDefaulted({ undisturbed }: Judged, record: RunRecord | undefined): readonly string[] {
  const before = new Set(defaultsOf(undisturbed.record));
  return [
    ...new Set(
      defaultsOf(record)
        .filter((name) => !before.has(name))
        .map((name) => name.split(" ")[1] ?? ""),
    ),
  ];
}

/** Includes the step's number, so that a default in a later visit counts as new. */
const defaultsOf = (record: RunRecord | undefined): readonly string[] =>
  (record?.steps ?? []).flatMap(({ step, defaulted }) => defaulted.map((key) => `${step} ${key}`));

function newlyTainted({ undisturbed }: Judged, record: RunRecord | undefined): readonly string[] {
  return Object.entries(record?.sources ?? {})
    .filter(
      ([key, { tainted_by }]) =>
        tainted_by.length > (undisturbed.record.sources[key]?.tainted_by.length ?? 0),
    )
    .map(([key]) => key)
    .toSorted();
}
