import { UsageError } from "../core/failure.ts";
import { isJsonObject, isTooDeep, type JsonObject, wellFormed } from "../core/json.ts";
import type { Move } from "../start/run-request.ts";
import { BUILT_IN_CONTEXT_KEYS } from "../graph/schema.ts";
import { readUserFile } from "../store/user-file.ts";

/** The flags of `longhaul run`, as parsed. */
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

/** Refuses flags that contradict each other, and empty paths, which often come from an unset variable. @throws UsageError. */
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

/** Reads --at, --from and --redo. @throws UsageError for more than one of them, or one together with --fresh. */
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

/** Reads the params; undefined without any. @throws UsageError if they are not a JSON object. */
export async function readParams(flags: RunFlags): Promise<JsonObject | undefined> {
  if (flags.params !== undefined && flags.paramsFile !== undefined) {
    throw new UsageError("--params and --params-file exclude each other.");
  }
  if (flags.params !== undefined) return parseParams(flags.params, "--params");
  if (flags.paramsFile === undefined) return undefined;
  return parseParams(await readParamsFile(flags.paramsFile), `--params-file ${flags.paramsFile}`);
}

/** Far more than params need, and far less than would fill the memory. */
const MAX_PARAMS_BYTES = 16 * 1024 * 1024;

async function readParamsFile(file: string): Promise<string> {
  const reading = await readUserFile(file, MAX_PARAMS_BYTES);
  if ("text" in reading) return reading.text;
  const { problem, cause } = reading;
  const advice = "Name the file with the params; put large data into a file that steps read.";
  throw new UsageError(`--params-file ${file} ${problem}.`, {
    details: [cause === undefined ? advice : String(cause)],
    cause,
  });
}

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

/** Some editors put it at the start of a file; JSON does not allow it. */
const BYTE_ORDER_MARK = /^\uFEFF/;

function usable(params: JsonObject, where: string): JsonObject {
  if (isTooDeep(params)) {
    throw new UsageError(`${where} is nested too deeply.`, {
      details: ["Flatten it, or write it to a file that steps read."],
    });
  }
  const name = BUILT_IN_CONTEXT_KEYS.find((key) => Object.hasOwn(params, key));
  if (name === undefined) return wellFormed(params);
  throw new UsageError(`${where}: \`${name}\` is a built-in context key and cannot name a param.`, {
    details: ["Choose another name."],
  });
}
