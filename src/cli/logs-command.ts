import { basename, dirname } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { systemClock } from "../core/clock.ts";
import { EXIT, type ExitCode, UsageError } from "../core/failure.ts";
import type { JournalEvent } from "../core/event.ts";
import type { RunState } from "../core/run-state.ts";
import { followRun, type FollowRun } from "../runs/follow-run.ts";
import { findRun } from "../runs/find-run.ts";
import {
  createOutputReader,
  findStepFolder,
  type OutputPiece,
  type StepFolder,
} from "../runs/step-output.ts";
import type { LineSplitter } from "../process/line-splitter.ts";
import { readPolicy } from "../recovery/policy.ts";
import { currentHolder } from "../store/holder.ts";
import { calledAs } from "./called-as.ts";
import { type OperatorFlags, runsPlace, stdoutLayout } from "./operator-options.ts";
import { describe } from "./progress.ts";
import { timeText } from "./status-lines.ts";
import { harmless } from "./style.ts";
import type { Terminal } from "./terminal.ts";
import { wrap } from "./text-width.ts";
import { createTranscript } from "./transcript.ts";
import { recordedReminder } from "./wait-reminder.ts";

export interface LogsFlags extends OperatorFlags {
  readonly follow?: true;
}

/** Prints the progress lines of a run, or the output of one step's processes. With -f it continues until the run ends. */
export async function logsCommand(
  { run, step }: { readonly run: string; readonly step: string | undefined },
  flags: LogsFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const runDir = findRun(runsPlace(flags, terminal), run);
  const follow = flags.follow === true;
  const request = { runDir, follow, observer: currentHolder(), clock: systemClock };
  const end =
    step === undefined
      ? await followRun({ ...request, visit: eventPrinter(flags, terminal) })
      : await followStep(step, { ...request, isRaw: flags.json === true }, terminal);
  if (follow && end === "killed") terminal.say(`Nobody is at work on ${run}: its process is gone.`);
  return EXIT.terminal;
}

/** The width of date and time at the start of each line. */
const DATE_INDENT = " ".repeat(22);

/** Prints the same lines as the run itself did; with --json the events. */
function eventPrinter({ json }: LogsFlags, terminal: Terminal): FollowRun["visit"] {
  const { capTickMs } = readPolicy(terminal.environment, false);
  const { columns } = stdoutLayout();
  let before: RunState | undefined;
  const lineOf = (event: JournalEvent, state: RunState) =>
    event.type === "wait.ticked" && before !== undefined
      ? recordedReminder(before, state, { at: event.at, everyMs: capTickMs })
      : describe(event, state);
  return (event, state) => {
    if (json) return terminal.bulk(`${JSON.stringify(event)}\n`);
    const line = lineOf(event, state);
    before = state;
    if (line === undefined) return;
    const text = `${timeText(event.at)}  ${line.split("\n").map(harmless).join("\n")}`;
    const lines = text.split("\n").flatMap((part) => wrap(part, { columns, indent: DATE_INDENT }));
    terminal.bulk(`${lines.join("\n")}\n`);
  };
}

interface StepRequest extends Omit<FollowRun, "visit" | "afterRead"> {
  /** True for the raw streams of agents, false for a transcript. */
  readonly isRaw: boolean;
}

async function followStep(
  step: string,
  { isRaw, ...request }: StepRequest,
  terminal: Terminal,
): Promise<"ended" | "killed"> {
  const { runDir } = request;
  const folder = findStepFolder(runDir, /^\d+$/.test(step) ? Number(step) : step);
  if (folder === undefined) {
    throw new UsageError(`The run has no step ${step} with output.`, {
      details: [
        `Name a step's number or a node's id (its newest visit). \`${calledAs()} show RUN\` lists the steps.`,
      ],
    });
  }
  const news = createOutputReader(folder.directory);
  const clis = new Set<string>();
  const printer = isRaw ? rawPrinter(terminal) : transcribingPrinter(terminal, clis);
  const isOpen = ({ open }: RunState) => open?.step === folder.step;
  let hasPrinted = false;
  const end = await followRun({
    ...request,
    visit: (event, { cli }) => {
      if ("step" in event && event.step === folder.step) clis.add(cli);
    },
    afterRead: (state) => {
      for (const piece of news()) {
        printer.print(piece);
        hasPrinted = true;
      }
      return isOpen(state);
    },
  });
  printer.end();
  if (!hasPrinted) terminal.say(silence(folder));
  return end;
}

/** Branches and replayed answers run no process. The message says so, or users would look for lost output. */
const silence = ({ step, node }: StepFolder): string =>
  `No process of step ${step} (${node}) has printed anything. \`${calledAs()} show RUN ${step}\` has what it was asked and answered.`;

interface StepPrinter {
  print(piece: OutputPiece): void;
  /** Prints an incomplete last line. */
  end(): void;
}

const rawPrinter = (terminal: Terminal): StepPrinter => ({
  print: piecePrinter(terminal),
  end: () => undefined,
});

/** Prints a header per file, like tail. A terminal gets no control characters; a file or a pipe gets every byte. */
function piecePrinter(terminal: Terminal): (piece: OutputPiece) => void {
  let shown: string | undefined;
  let decoder = new StringDecoder("utf8");
  return ({ file, bytes }) => {
    if (file !== shown) {
      terminal.bulk(`${shown === undefined ? "" : "\n"}==> ${file} <==\n`);
      decoder = new StringDecoder("utf8");
    }
    shown = file;
    terminal.bulk(process.stdout.isTTY ? harmless(decoder.write(Buffer.from(bytes))) : bytes);
  };
}

/** Like `piecePrinter`, but shows an agent's stream as a transcript. */
function transcribingPrinter(terminal: Terminal, clis: ReadonlySet<string>): StepPrinter {
  const print = piecePrinter(terminal);
  const layout = stdoutLayout();
  let current: { readonly file: string; readonly transcript: LineSplitter } | undefined;
  const begin = (file: string) => {
    const printLine = (line: string) => {
      print({ file, bytes: NOTHING });
      terminal.bulk(`${line}\n`);
    };
    return { file, transcript: createTranscript({ clis, print: printLine, layout }) };
  };
  const end = () => {
    current?.transcript.end();
    current = undefined;
  };
  return {
    end,
    print: (piece) => {
      const { file, bytes } = piece;
      // The processes of a step run one at a time, so output of another one means that the previous one has ended.
      if (current !== undefined && dirname(file) !== dirname(current.file)) end();
      if (basename(file) !== "events.jsonl") return print(piece);
      print({ file, bytes: NOTHING });
      current ??= begin(file);
      current.transcript.push(Buffer.from(bytes));
    },
  };
}

const NOTHING = new Uint8Array();
