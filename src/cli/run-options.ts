import { closeSync, openSync, readSync } from "node:fs";
import { UsageError } from "../core/failure.ts";
import { isJsonObject, isTooDeep, type JsonObject, wellFormed } from "../core/json.ts";
import type { Move } from "../engine/resume.ts";
import { BUILT_IN_CONTEXT_KEYS } from "../graph/schema.ts";

/** The flags of `longhaul run` as the command line gives them. */
export interface RunFlags {
  readonly runId?: string;
  readonly runsDir?: string;
  readonly workspace?: string;
  readonly params?: string;
  readonly paramsFile?: string;
  readonly cli?: string;
  readonly replay?: string;
  readonly fresh?: true;
  /** commander turns --no-wait into wait: false. */
  readonly wait: boolean;
  readonly plan?: true;
  readonly json?: true;
  readonly quiet?: true;
  readonly resumeRun?: string;
  readonly resumeLatest?: true;
  readonly at?: string;
  readonly from?: string;
  readonly redo?: string;
  readonly repair?: true;
  readonly limit?: readonly string[];
}

const PATH_FLAGS = [
  ["--runs-dir", "runsDir"],
  ["--workspace", "workspace"],
  ["--params-file", "paramsFile"],
  ["--replay", "replay"],
  ["--resume-run", "resumeRun"],
] as const;

/** Refuses what cannot be meant, such as the value of a variable that is not set. @throws UsageError. */
export function refuseUnclearFlags(flags: RunFlags): void {
  const empty = PATH_FLAGS.find(([, name]) => flags[name] === "");
  if (empty !== undefined)
    throw new UsageError(`${empty[0]} has an empty value.`, {
      details: ["Name a path, or leave the flag out."],
    });
  if (flags.resumeRun !== undefined && flags.resumeLatest)
    throw new UsageError("--resume-run and --resume-latest exclude each other.");
  const resuming = flags.resumeRun === undefined ? "--resume-latest" : "--resume-run";
  if (flags.runId !== undefined && (flags.resumeRun !== undefined || flags.resumeLatest))
    throw new UsageError(`${resuming} finds a run by itself; it cannot be combined with --run-id.`);
}

/** @throws UsageError when more than one is given, or one together with --fresh. */
export function readMove(flags: RunFlags): Move {
  const given = (["at", "from", "redo"] as const).flatMap((kind) => {
    const node = flags[kind];
    return node === undefined ? [] : [{ kind, node }];
  });
  const [move, ...more] = given;
  if (more.length > 0)
    throw new UsageError(`${given.map(({ kind }) => `--${kind}`).join(" and ")} exclude each other.`);
  if (move !== undefined && flags.fresh)
    throw new UsageError(`--fresh starts at the beginning; it cannot be combined with --${move.kind}.`);
  return move ?? { kind: "none" };
}

/** The params given, or undefined when none are. @throws UsageError when they are no JSON object. */
export function readParams(flags: RunFlags): JsonObject | undefined {
  if (flags.params !== undefined && flags.paramsFile !== undefined) {
    throw new UsageError("--params and --params-file exclude each other.");
  }
  if (flags.params !== undefined) return parseParams(flags.params, "--params");
  if (flags.paramsFile === undefined) return undefined;
  return parseParams(readParamsFile(flags.paramsFile), `--params-file ${flags.paramsFile}`);
}

/** Far more than params need, far less than what fills the memory: a file may be a device without an end. */
const MAX_PARAMS_BYTES = 16 * 1024 * 1024;

function readParamsFile(file: string): string {
  try {
    return readAtMost(file, MAX_PARAMS_BYTES);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`--params-file ${file} cannot be read.`, { details: [String(error)], cause: error });
  }
}

/** Pipes and devices do not tell their size, so it is counted. */
function readAtMost(file: string, maxBytes: number): string {
  const descriptor = openSync(file, "r");
  try {
    const chunks: Buffer[] = [];
    for (let sizeBytes = 0; ;) {
      const chunk = Buffer.allocUnsafe(64 * 1024);
      const count = readSync(descriptor, chunk);
      if (count === 0) return Buffer.concat(chunks).toString("utf8");
      chunks.push(chunk.subarray(0, count));
      sizeBytes += count;
      if (sizeBytes > maxBytes) throw tooLarge(file, maxBytes);
    }
  } finally {
    closeSync(descriptor);
  }
}

const tooLarge = (file: string, maxBytes: number): UsageError =>
  new UsageError(`--params-file ${file} is larger than ${maxBytes / 1024 / 1024} MiB.`, {
    details: ["Name the file that holds the params; what is large belongs in a file that steps read."],
  });

function parseParams(text: string, where: string): JsonObject {
  const example = `For example: --params '{"who": "world"}'`;
  try {
    const value: unknown = JSON.parse(text.replace(BYTE_ORDER_MARK, ""));
    if (isJsonObject(value)) return usable(value, where);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${where} is not JSON.`, { details: [String(error), example], cause: error });
  }
  throw new UsageError(`${where} must be a JSON object: names and values.`, { details: [example] });
}

/** Some editors begin a file with it; JSON knows none. */
const BYTE_ORDER_MARK = /^\uFEFF/;

function usable(params: JsonObject, where: string): JsonObject {
  if (isTooDeep(params)) {
    throw new UsageError(`${where} is nested too deeply.`, {
      details: ["Flatten it, or write it to a file that steps read."],
    });
  }
  const name = BUILT_IN_CONTEXT_KEYS.find((key) => Object.hasOwn(params, key));
  if (name === undefined) return wellFormed(params);
  throw new UsageError(`${where}: \`${name}\` is a built-in context key and no name for a param.`, {
    details: ["Choose another name."],
  });
}
