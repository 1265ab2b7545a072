import { availableParallelism } from "node:os";
import { type ChaosReport, type ChaosRequest, runChaos } from "../chaos/run-chaos.ts";
import { EXIT, type ExitCode, UsageError } from "../core/failure.ts";
import { formatDuration } from "../core/duration.ts";
import { type CaseLine, findingLines, tableLines } from "./chaos-text.ts";
import { openCaseProgress } from "./chaos-progress.ts";
import { stdoutLayout } from "./operator-options.ts";
import { readParams } from "./run-options.ts";
import type { Terminal } from "./terminal.ts";

export interface ChaosFlags {
  readonly replay?: string;
  readonly params?: string;
  readonly paramsFile?: string;
  readonly seed?: string;
  readonly cases?: string;
  readonly only?: string;
  readonly jobs?: string;
  readonly keepRuns?: true;
  readonly json?: true;
}

const DEFAULT_CASES = 200;
const DEFAULT_JOBS = 4;
const SEEDS = 2 ** 32;

/**
 * Disturbs a workflow at every step and prints what its graph did. Exits with 1 when a promise was broken, 75 when it was
 * stopped. @throws UsageError for flags, workflows and answers that cannot be used.
 */
export async function chaosCommand(
  workflow: string,
  flags: ChaosFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const request = await readRequest(workflow, flags, terminal);
  const stop = new AbortController();
  terminal.onSignal(() => stop.abort());
  const progress = openCaseProgress(terminal);
  progress.say(`seed ${request.seed}. Scripts of the workflow run for real, in scratch workspaces.`);
  try {
    const report = await runChaos(
      request,
      {
        undisturbed: ({ record, exitCode, durationMs }) =>
          progress.say(
            `undisturbed: ends at ${record.end ?? ""}, exit ${exitCode}, ${record.steps.length} steps, ${formatDuration(durationMs)}`,
          ),
        planned: ({ cases, possible }) => {
          progress.begin(cases.length);
          progress.say(`${cases.length} of ${possible} cases, ${request.jobs} side by side`);
        },
        finished: (chaosCase, result) => progress.finished(chaosCase, result),
      },
      stop.signal,
    );
    progress.close();
    return printReport(report, { request, flags, terminal });
  } catch (error) {
    progress.close();
    if (!stop.signal.aborted) throw error;
    terminal.say("Stopped; nothing is left running.");
    return EXIT.resumable;
  }
}

async function readRequest(
  workflow: string,
  flags: ChaosFlags,
  { environment }: Terminal,
): Promise<ChaosRequest> {
  const main = process.argv[1];
  if (main === undefined) throw new Error("The command does not know its own file.");
  return {
    workflow,
    replay: flags.replay,
    params: (await readParams({ ...pick(flags), wait: true })) ?? {},
    seed: readCount("--seed", flags.seed, 0) ?? Math.floor(Math.random() * SEEDS),
    maxCases: readCount("--cases", flags.cases, 1) ?? DEFAULT_CASES,
    only: flags.only === undefined ? [] : flags.only.split(",").map((id) => id.trim()),
    jobs: readCount("--jobs", flags.jobs, 1) ?? Math.min(DEFAULT_JOBS, availableParallelism()),
    keep: flags.keepRuns === true,
    command: { file: process.execPath, args: [main], environment },
  };
}

const pick = ({ params, paramsFile }: ChaosFlags) => ({
  ...(params === undefined ? {} : { params }),
  ...(paramsFile === undefined ? {} : { paramsFile }),
});

function readCount(flag: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value < SEEDS) return value;
  throw new UsageError(`${flag} ${JSON.stringify(text)} is not a whole number of at least ${least}.`);
}

interface Printing {
  readonly request: ChaosRequest;
  readonly flags: ChaosFlags;
  readonly terminal: Terminal;
}

function printReport(report: ChaosReport, { request, flags, terminal }: Printing): ExitCode {
  const lines = report.plan.cases.flatMap((chaosCase, index): readonly CaseLine[] => {
    const result = report.results[index];
    return result === undefined ? [] : [{ chaosCase, result }];
  });
  if (flags.json) {
    terminal.out(JSON.stringify(jsonReport(report, { request, lines }), null, 2));
  } else {
    const layout = stdoutLayout();
    for (const line of tableLines(lines, layout)) terminal.out(line);
    for (const line of ["", ...findingLines(lines, layout)]) terminal.out(line);
    terminal.out(summary(report, { request, lines }));
  }
  if (report.kept !== undefined) terminal.say(`The runs are in ${report.kept}.`);
  return countOf(lines, "broken") > 0 ? EXIT.fail : EXIT.terminal;
}

interface Told {
  readonly request: ChaosRequest;
  readonly lines: readonly CaseLine[];
}

const countOf = (lines: readonly CaseLine[], judgement: string): number =>
  lines.filter(({ result }) => result.judgement === judgement).length;

function summary({ undisturbed, plan }: ChaosReport, { request, lines }: Told): string {
  const counts = `${countOf(lines, "kept")} kept, ${countOf(lines, "look")} to look at, ${countOf(lines, "broken")} broken`;
  const left = plan.possible - plan.cases.length;
  const bound = left === 0 ? "" : `; ${left} cases left out, see --cases`;
  return `seed ${request.seed}, ${lines.length} cases: ${counts}. Undisturbed: ${undisturbed.record.end ?? ""}, exit ${undisturbed.exitCode}${bound}.`;
}

function jsonReport({ undisturbed, plan, kept }: ChaosReport, { request, lines }: Told): object {
  const { record, exitCode, varying } = undisturbed;
  return {
    seed: request.seed,
    undisturbed: { end: record.end, exit_code: exitCode, steps: record.steps.length, varying: [...varying] },
    possible_cases: plan.possible,
    runs: kept ?? null,
    counts: Object.fromEntries(
      ["kept", "look", "broken"].map((judgement) => [judgement, countOf(lines, judgement)]),
    ),
    cases: lines.map(({ chaosCase: { number, target, fault }, result }) => ({
      number,
      step: target.step,
      node: target.node,
      visit: target.visit,
      fault: fault.label,
      expects: fault.expects,
      verdict: result.judgement,
      end: result.reached,
      exit_code: result.exitCode,
      defaulted: result.defaulted,
      tainted: result.tainted,
      done_twice: result.again,
      notes: result.notes,
    })),
  };
}
