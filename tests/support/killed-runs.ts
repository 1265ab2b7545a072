import { existsSync, readFileSync } from "node:fs";
import type { JournalEvent } from "../../src/core/event.ts";
import { parseJournal } from "./run-directory.ts";

/** The state of the disk right after a kill. */
export interface KillMoment {
  /** Where the kill hit, in words that the rows of the fault matrix can count. */
  readonly where: string;
  /** The open step, if any; only this one may run again. */
  readonly cut: number | undefined;
  /** Number of starts in the ledger for each finished step. */
  readonly finished: ReadonlyMap<number, number>;
}

/** Figures about finished steps, over all kills of one or more runs. */
export interface KillFigures {
  readonly lost: number;
  readonly again: number;
  readonly doubled: number;
}

/** The complete events of a journal now; the last line may be torn. */
export function eventsOnDisk(journal: string): readonly JournalEvent[] {
  if (!existsSync(journal)) return [];
  const text = readFileSync(journal, "utf8");
  return parseJournal(text.slice(0, text.lastIndexOf("\n") + 1));
}

/** What a kill hit; `eventsBefore` is the number of events at the start of the killed process. */
export function killMoment({ events, eventsBefore, ledger }: KillSight): KillMoment {
  const finished = finishedSteps(events);
  const starts = startsByStep(ledger);
  const last = events.findLast((event) => event.type === "step.started");
  const cut = last === undefined || finished.includes(last.step) ? undefined : last.step;
  return {
    where: whereOf({ events, eventsBefore, cut }),
    cut,
    finished: new Map(finished.map((step) => [step, starts.get(step) ?? 0])),
  };
}

export interface KillSight {
  readonly events: readonly JournalEvent[];
  readonly eventsBefore: number;
  readonly ledger: readonly string[];
}

function whereOf({
  events,
  eventsBefore,
  cut,
}: Pick<KillSight, "events" | "eventsBefore"> & Pick<KillMoment, "cut">): string {
  if (events.at(-1)?.type === "run.finished") return "after the end was recorded";
  if (events.length === eventsBefore) return "before the run was taken over";
  if (cut === undefined) return "between two steps";
  const started = events.find((event) => event.type === "step.started" && event.step === cut);
  return started?.type === "step.started" ? `in a step of type ${started.node_type}` : "between two steps";
}

const finishedSteps = (events: readonly JournalEvent[]): readonly number[] =>
  events.flatMap((event) => (event.type === "step.finished" ? [event.step] : []));

/** How often each step has started its script: lines that begin with its number or with `<run uuid>/<number>`. */
function startsByStep(ledger: readonly string[]): ReadonlyMap<number, number> {
  const starts = new Map<number, number>();
  for (const line of ledger) {
    const step = Number(line.split(" ")[0]?.split("/").at(-1));
    starts.set(step, (starts.get(step) ?? 0) + 1);
  }
  return starts;
}

/**
 * Counts steps that were finished at a kill and are missing at the end (`lost`), that started or appended again after it
 * (`again`), and ledger entries beyond one per step and one per kill that cut it (`doubled`).
 */
export function killFigures({ kills, events, ledger }: KilledRun): KillFigures {
  const finished = finishedSteps(events);
  const starts = startsByStep(ledger);
  const everFinished = new Map(kills.flatMap((kill) => [...kill.finished]));
  const lost = [...everFinished.keys()].filter((step) => !finished.includes(step)).length;
  const repeated = [...everFinished.keys()].filter(
    (step) => isBegunAfterItsEnd(events, step) || kills.some((kill) => hasGrown(kill, { step, starts })),
  );
  const doubled = [...starts].map(([step, count]) => {
    const cuts = kills.filter(({ cut }) => cut === step).length;
    return Math.max(0, count - 1 - cuts);
  });
  return { lost, again: repeated.length, doubled: doubled.reduce((sum, count) => sum + count, 0) };
}

export interface KilledRun {
  readonly kills: readonly KillMoment[];
  /** The final journal and ledger. */
  readonly events: readonly JournalEvent[];
  readonly ledger: readonly string[];
}

function isBegunAfterItsEnd(events: readonly JournalEvent[], step: number): boolean {
  const end = events.findIndex((event) => event.type === "step.finished" && event.step === step);
  const begins = (event: JournalEvent) =>
    (event.type === "step.started" || event.type === "attempt.started" || event.type === "step.finished") &&
    event.step === step;
  return end >= 0 && events.slice(end + 1).some(begins);
}

const hasGrown = (
  kill: KillMoment,
  { step, starts }: { readonly step: number; readonly starts: ReadonlyMap<number, number> },
): boolean => {
  const then = kill.finished.get(step);
  return then !== undefined && (starts.get(step) ?? 0) > then;
};

/** Milliseconds from the start of a resuming process to the moment at which it has taken the run over. */
export function takeoverMs(events: readonly JournalEvent[], startedAtMs: number): number | undefined {
  const resumed = events.findLast((event) => event.type === "run.resumed");
  const atMs = resumed === undefined ? 0 : Date.parse(resumed.at);
  return atMs >= startedAtMs ? atMs - startedAtMs : undefined;
}

export const sumOfFigures = (figures: readonly KillFigures[]): KillFigures =>
  figures.reduce(
    (sum, one) => ({
      lost: sum.lost + one.lost,
      again: sum.again + one.again,
      doubled: sum.doubled + one.doubled,
    }),
    { lost: 0, again: 0, doubled: 0 },
  );

/** The median of some numbers, rounded; 0 without numbers. */
export const median = (values: readonly number[]): number =>
  Math.round(values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0);
