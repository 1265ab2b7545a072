import { createInterface } from "node:readline/promises";
import { counted } from "../core/counted.ts";
import { parseDurationMs } from "../core/duration.ts";
import { EXIT, type ExitCode, UsageError } from "../core/failure.ts";
import { chooseRemovals, type RetentionRule } from "../runs/choose-removals.ts";
import { runsRootOf } from "../runs/find-run.ts";
import { removableRuns, type RemovableRun } from "../runs/removable-runs.ts";
import { finishRemovals, removeRun } from "../runs/remove-run.ts";
import type { RemovalRefusal } from "../runs/removal-refusal.ts";
import { currentHolder } from "../store/holder.ts";
import { alignColumns } from "./columns.ts";
import { type OperatorFlags, runsPlace, stdoutLayout } from "./operator-options.ts";
import { parseSizeBytes, sizeText } from "./size.ts";
import { timeText } from "./status-lines.ts";
import type { Terminal } from "./terminal.ts";

export interface CleanFlags extends OperatorFlags {
  readonly olderThan?: string;
  readonly keep?: string;
  readonly maxSize?: string;
  readonly unfinished?: true;
  readonly yes?: true;
}

/** Removes runs by age, count and size. Without --yes it lists them, and asks on a terminal. */
export async function cleanCommand(flags: CleanFlags, terminal: Terminal): Promise<ExitCode> {
  const rule = readRule(flags, Date.now());
  const root = runsRootOf(runsPlace(flags, terminal));
  if (root === undefined)
    throw new UsageError("Which runs? There is no AGENT_RUNS_DIR.", { details: ["Name --runs-dir DIR."] });
  const runs = removableRuns(root, currentHolder());
  const chosen = chooseRemovals(runs, rule);
  if (!flags.json) for (const line of listing(chosen)) terminal.out(line);
  const acts = flags.yes === true || (chosen.length > 0 && !flags.json && (await isConfirmed(chosen)));
  const unreadable = runs.flatMap(({ name, kept }) => (kept === null ? [] : [{ name, ...kept }]));
  const kept = [...unreadable, ...(acts ? await removeAll(chosen, { root, rule, terminal }) : [])];
  for (const { name, why } of kept) terminal.sayLong(`kept ${name}: ${why}`);
  if (flags.json) terminal.out(JSON.stringify({ dry_run: !acts, ...facts(chosen, kept) }, null, 2));
  else if (chosen.length > 0) terminal.out(summary(chosen, kept, acts));
  return exitCodeOf(kept);
}

/**
 * Nobody reads the output of a nightly clean-up, so the exit code must report a run that it can never remove. An unreadable
 * folder that is not known to be a run is not a failure: nobody asked to remove it.
 */
function exitCodeOf(kept: readonly Kept[]): ExitCode {
  const reasons = new Set(kept.map(({ because }) => because));
  if (reasons.has("damaged")) return EXIT.usage;
  return reasons.has("the disk refused") ? EXIT.resumable : EXIT.terminal;
}

/** @throws UsageError for an invalid value, and if no flag says which runs to remove. */
function readRule(flags: CleanFlags, nowMs: number): RetentionRule {
  const { olderThan, keep, maxSize } = flags;
  if (olderThan === undefined && keep === undefined && maxSize === undefined) {
    throw new UsageError("No flag says which runs to remove.", {
      details: ["Give --older-than, --keep or --max-size. Without --yes, nothing is removed without asking."],
    });
  }
  return {
    olderThanMs: given(olderThan, parseDurationMs, "--older-than", "30d"),
    keep: given(keep, (text) => (/^\d+$/.test(text) ? Number(text) : undefined), "--keep", "10"),
    maxSizeBytes: given(maxSize, parseSizeBytes, "--max-size", "10GB"),
    unfinished: flags.unfinished === true,
    nowMs,
  };
}

function given(
  text: string | undefined,
  parse: (text: string) => number | undefined,
  ...[flag, example]: readonly [string, string]
): number | undefined {
  if (text === undefined) return undefined;
  const value = parse(text);
  if (value !== undefined) return value;
  throw new UsageError(`${flag} ${text} cannot be read.`, { details: [`For example: ${flag} ${example}`] });
}

function listing(chosen: readonly RemovableRun[]): readonly string[] {
  if (chosen.length === 0) return ["Nothing to remove."];
  return alignColumns(
    chosen.map(({ name, kind, activeMs, sizeBytes, places }) => [
      name,
      kind,
      timeText(new Date(activeMs).toISOString()),
      sizeText(sizeBytes),
      places.length > 1 ? `with ${places.length - 1} archived` : "",
    ]),
    stdoutLayout().columns,
  );
}

async function isConfirmed(chosen: readonly RemovableRun[]): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return false;
  const asked = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await asked.question(
      `Remove ${counted(chosen.length, "run")}, ${totalSize(chosen)}? [y/N] `,
    );
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if (!(error instanceof Error && error.name === "AbortError")) throw error;
    process.stdout.write("\n"); // Ctrl-C or Ctrl-D counts as no
    return false;
  } finally {
    asked.close();
  }
}

interface Kept extends RemovalRefusal {
  readonly name: string;
}

interface RemoveAll {
  readonly root: string;
  readonly rule: RetentionRule;
  readonly terminal: Terminal;
}

/** Removes the chosen runs. Returns those that could not be removed. */
async function removeAll(
  chosen: readonly RemovableRun[],
  { root, rule, terminal }: RemoveAll,
): Promise<readonly Kept[]> {
  const kept: Kept[] = [];
  const left = finishRemovals(root);
  if (left !== undefined) kept.push({ name: "the rest of a run that was removed before", ...left });
  const request = { runsRoot: root, unfinished: rule.unfinished, environment: terminal.environment };
  for (const [index, run] of chosen.entries()) {
    if (process.stderr.isTTY) terminal.say(`[${index + 1}/${chosen.length}] ${run.name}`);
    const stays = await removeRun({ ...request, run, holder: currentHolder() });
    if (stays !== undefined) kept.push({ name: run.name, ...stays });
  }
  return kept;
}

function facts(chosen: readonly RemovableRun[], kept: readonly Kept[]) {
  const runs = chosen
    .filter(({ name }) => kept.every((other) => other.name !== name))
    .map(({ name, kind, activeMs, sizeBytes, places }) => ({
      run: name,
      kind,
      active_at: new Date(activeMs).toISOString(),
      size_bytes: sizeBytes,
      paths: places.flatMap(({ runDir, workspace }) => (workspace === null ? [runDir] : [runDir, workspace])),
    }));
  return { runs, kept: kept.map(({ name, why }) => ({ name, why })) };
}

function summary(chosen: readonly RemovableRun[], kept: readonly Kept[], acted: boolean): string {
  if (!acted)
    return `Nothing was removed. ${totalSize(chosen)} in ${counted(chosen.length, "run")} would be; --yes does it.`;
  const removed = chosen.filter(({ name }) => kept.every((other) => other.name !== name));
  return `Removed ${counted(removed.length, "run")}, ${totalSize(removed)}.`;
}

const totalSize = (runs: readonly RemovableRun[]): string =>
  sizeText(runs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
