import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { UsageError } from "../../core/failure.ts";
import { ownValue } from "../../core/json.ts";
import { nearestName } from "../../core/nearest-name.ts";
import { readYaml } from "../../graph/read-yaml.ts";
import { readUserFile } from "../../store/user-file.ts";
import type { ReplayAnswer, ReplayAnswers } from "./answers.ts";
import { readRecordedRun } from "./recorded-run.ts";
import type { ReplayFile, WrittenAnswer } from "./schema.ts";
import { replayFileSchema } from "./schema.ts";

const REPLAY_FILE = "replay.yaml";

/**
 * Opens the file or run directory of `--replay` (`from`), by default `replay.yaml` in the workflow directory.
 * @throws UsageError when it does not exist or is not valid.
 */
export async function openReplay({ workflowDir, from, agents }: OpenReplay): Promise<ReplayAnswers> {
  const path = locateReplay({ workflowDir, from });
  if ((await stat(path)).isDirectory()) return readRecordedRun(path);
  return fromFile(await readReplayFile(path, agents), path);
}

/** The file or directory with the answers. @throws UsageError when it does not exist. */
export function locateReplay({ workflowDir, from }: Omit<OpenReplay, "agents">): string {
  const path = from ?? join(workflowDir, REPLAY_FILE);
  if (existsSync(path)) return path;
  throw new UsageError(`There are no answers to replay: ${path} does not exist.`, {
    details: [`Write ${REPLAY_FILE} beside the workflow, or name a file or a run directory with --replay.`],
  });
}

/** The written answers for these agent nodes. @throws UsageError when they cannot be read or are not valid. */
export async function readReplayFile(path: string, agents: readonly string[]): Promise<ReplayFile> {
  const file = parseReplayFile(await readAnswers(path), path);
  refuseUnknownNodes(file, agents, path);
  return file;
}

/** Answers may be long texts, but a larger file is not a file of answers. */
const MAX_ANSWERS_BYTES = 64 * 1024 * 1024;

async function readAnswers(path: string): Promise<string> {
  const reading = await readUserFile(path, MAX_ANSWERS_BYTES);
  if ("text" in reading) return reading.text;
  const { problem, cause } = reading;
  throw new UsageError(`There are no answers to replay: ${path} ${problem}.`, {
    details: [cause === undefined ? "Name a file of answers or a run directory." : String(cause)],
    cause,
  });
}

/** An answer for an unknown node is a typo in an id. Reporting it now saves a missing answer in the middle of the run. */
function refuseUnknownNodes(file: ReplayFile, agents: readonly string[], path: string): void {
  const unknown = Object.keys(file).filter((id) => !agents.includes(id));
  if (unknown.length === 0) return;
  throw notUnderstood(
    path,
    unknown.map((id) => {
      const nearest = nearestName(id, agents);
      const remedy =
        nearest === undefined ? `Agent nodes: ${agents.join(", ")}.` : `Did you mean \`${nearest}\`?`;
      return `${path}: the workflow has no agent node \`${id}\`. ${remedy}`;
    }),
  );
}

export interface OpenReplay {
  readonly workflowDir: string;
  /** The value of `--replay`, if given. */
  readonly from: string | undefined;
  /** Ids of the workflow's agent nodes; an answer for any other id is an error. */
  readonly agents: readonly string[];
}

/** @throws UsageError with every problem of the file, each with its line. */
export function parseReplayFile(text: string, path: string): ReplayFile {
  const reading = readYaml(text);
  if ("problems" in reading) {
    throw notUnderstood(
      path,
      reading.problems.map(
        ({ line, column, message, remedy }) => `${path}:${line}:${column}: ${message}. ${remedy}`,
      ),
    );
  }
  const parsed = replayFileSchema.safeParse(reading.file.value ?? {});
  if (parsed.success) return parsed.data;
  throw notUnderstood(
    path,
    flatIssues(parsed.error.issues).map((issue) => {
      const keys = issue.path.filter((part) => typeof part !== "symbol");
      const { line, column } = reading.file.positionOf(keys);
      return `${path}:${line}:${column}: ${keys.join(".")}: ${issue.message}`;
    }),
  );
}

const notUnderstood = (path: string, details: readonly string[]): UsageError =>
  new UsageError(`The answers in ${path} cannot be used.`, { details });

/** Of a union's issues, those of the best matching form: the ones that point to a place inside it. */
function flatIssues(issues: readonly z.core.$ZodIssue[]): readonly z.core.$ZodIssue[] {
  return issues.flatMap((issue) => {
    if (issue.code !== "invalid_union") return [issue];
    const inner = issue.errors
      .map((branch) => flatIssues(branch))
      .filter((branch) => branch.every(({ path, code }) => path.length > 0 && code !== "unrecognized_keys"));
    const deepest = inner.toSorted((left, right) => depth(right) - depth(left))[0];
    if (deepest === undefined || depth(deepest) === 0) return [issue];
    return deepest.map((found) => ({ ...found, path: [...issue.path, ...found.path] }));
  });
}

const depth = (issues: readonly z.core.$ZodIssue[]): number =>
  Math.max(0, ...issues.map(({ path, code }) => (code === "custom" ? path.length + 1 : path.length)));

function fromFile(file: ReplayFile, origin: string): ReplayAnswers {
  return {
    origin,
    answerTo: ({ node, visit, attempt }) => {
      const answers = ownValue(file, node);
      const forVisit = Array.isArray(answers) ? answers[visit - 1] : answers;
      const written = Array.isArray(forVisit) ? forVisit[attempt - 1] : forVisit;
      return written === undefined ? undefined : toAnswer(written);
    },
  };
}

function toAnswer(written: WrittenAnswer): ReplayAnswer {
  const delayMs = written.delay ?? 0;
  if ("output" in written) return { kind: "output", output: written.output, delayMs };
  if ("text" in written) return { kind: "text", text: written.text, delayMs };
  return { kind: "failure", ...written.failure, delayMs };
}
