import { createReadStream, existsSync, fstatSync, openSync, statSync } from "node:fs";
import path from "node:path";
import type { Readable } from "node:stream";
import type { CliName } from "../backends/backend.ts";
import type { ProcessEnd } from "../core/process-end.ts";
import { EXIT, type ExitCode, type FailureClass, UsageError } from "../core/failure.ts";
import { readLines } from "../process/line-splitter.ts";
import { explainTurn, type Explanation } from "../recovery/explain.ts";
import { readEndOfUserFile } from "../store/user-file.ts";
import { type EndFlags, readEnd } from "./recorded-end.ts";
import { harmless } from "./style.ts";
import type { Terminal } from "./terminal.ts";

export interface ClassifyFlags extends EndFlags {
  readonly cli?: string;
  readonly stderr?: string;
  readonly json?: true;
}

const STDERR_TAIL_CHARACTERS = 4000;
/** A UTF-8 character takes at most four bytes. */
const STDERR_TAIL_BYTES = 4 * STDERR_TAIL_CHARACTERS;

/** Prints how Longhaul judges a recorded event stream of a CLI (a file, an attempt's folder, or stdin), and why. */
export async function classifyCommand(
  file: string | undefined,
  flags: ClassifyFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const cli = readCli(flags.cli);
  const source = await openSource(file, flags);
  const explanation = await explainTurn({
    cli,
    lines: readLines(source.stream),
    ended: { end: source.end, stderrTail: source.stderrTail, endedAtMs: source.endedAtMs },
    environment: terminal.environment,
  });
  if (flags.json) terminal.out(JSON.stringify(factsOf(explanation), null, 2));
  else for (const line of describe(explanation)) terminal.out(line);
  return EXIT.terminal;
}

function readCli(name: string | undefined): CliName {
  if (name === "claude" || name === "codex" || name === "copilot") return name;
  throw new UsageError(
    name === undefined
      ? "--cli is missing: it names the CLI of the stream."
      : `--cli ${name} is not an agent command line.`,
    { details: ["Give --cli claude, codex or copilot."] },
  );
}

interface Source {
  readonly stream: Readable;
  readonly stderrTail: string;
  readonly end: ProcessEnd;
  /** The day of a reset time that has no date. */
  readonly endedAtMs: number;
}

async function openSource(file: string | undefined, flags: ClassifyFlags): Promise<Source> {
  if (file === undefined) {
    const end = readEnd(flags, undefined);
    const stderrTail = await readStderr(flags, undefined);
    return { stream: process.stdin, stderrTail, end, endedAtMs: Date.now() };
  }
  const events = isDirectory(file) ? path.join(file, "events.jsonl") : file;
  if (!existsSync(events))
    throw new UsageError(`There is no event stream at ${events}.`, {
      details: ["Name an events.jsonl, the attempt's folder that holds it, or give it on stdin."],
    });
  const fd = openStream(events);
  const end = readEnd(flags, events);
  const stderrTail = await readStderr(flags, path.join(path.dirname(events), "stderr.log"));
  return { stream: createReadStream(events, { fd }), stderrTail, end, endedAtMs: fstatSync(fd).mtimeMs };
}

const isDirectory = (file: string): boolean => existsSync(file) && statSync(file).isDirectory();

function openStream(file: string): number {
  if (isDirectory(file)) throw new UsageError(`The event stream ${file} is a directory.`);
  try {
    return openSync(file, "r");
  } catch (error) {
    throw new UsageError(`The event stream ${file} cannot be read.`, {
      details: [String(error)],
      cause: error,
    });
  }
}

async function readStderr({ stderr }: ClassifyFlags, beside: string | undefined): Promise<string> {
  if (stderr !== undefined) return readTail(stderr, `--stderr ${stderr}`);
  return beside !== undefined && existsSync(beside) ? readTail(beside, beside) : "";
}

async function readTail(file: string, named: string): Promise<string> {
  const reading = await readEndOfUserFile(file, STDERR_TAIL_BYTES);
  if ("text" in reading) return reading.text.slice(-STDERR_TAIL_CHARACTERS);
  const { problem, cause } = reading;
  const advice = "Name the file with the stderr output, with --stderr.";
  throw new UsageError(`${named} ${problem}.`, {
    details: [cause === undefined ? advice : String(cause)],
    cause,
  });
}

/** What the ladder does about each class, in short; docs/recovery.md has the details. */
const WHAT_FOLLOWS: Readonly<Record<FailureClass, string>> = {
  transient: "tried again after a growing wait, without end; no answer is made up",
  timeout: "stopped, told how little time there is, then asked for less",
  cap: "waited for until the cap resets; costs no attempt, never becomes a default",
  overflow: "the session is compacted and the prompt sent again, then asked for less in a fresh one",
  answer: "a corrective turn in the same session, then a simpler ask, then the author's on_exhausted",
  auth: "exit 3 before the first answer of the run, later a wait for the login",
  config: "exit 3 before the first answer of the run, later a wait until it is fixed",
  session_lost: "the whole task in a fresh session; costs no attempt",
  script: "the script's own retries, then the author's on_exhausted",
};

function describe({ row, failure, cutOff, report }: Explanation): readonly string[] {
  const verdict = failure === undefined ? "success" : `${failure.class}/${failure.reason}`;
  return [
    `verdict:  ${cutOff ? "interrupted: cut off, costs no attempt" : verdict}`,
    `row:      ${row.id}`,
    `meaning:  ${harmless(failure?.message ?? `${row.message} Its answer is judged next.`)}`,
    ...(row.note === undefined ? [] : [`note:     ${row.note}`]),
    ...(failure === undefined ? [] : [`done:     ${WHAT_FOLLOWS[failure.class]}`]),
    ...(failure?.remedy === undefined ? [] : [`remedy:   ${failure.remedy}`]),
    `facts:    ${harmless(JSON.stringify(report.facts))}`,
  ];
}

function factsOf({ row, failure, cutOff, report }: Explanation) {
  return {
    cli: report.cli,
    row: row.id,
    verdict: failure === undefined ? "success" : failure.class,
    failure: failure ?? null,
    cut_off: cutOff,
    facts: report.facts,
    usage: report.usage ?? null,
    model: report.model ?? null,
    session_id: report.sessionId,
    text: report.text,
  };
}
