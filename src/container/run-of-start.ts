import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { systemFiles } from "../store/files.ts";
import { runLayout } from "../store/layout.ts";
import { readLines } from "../store/lines.ts";
import type { Places } from "./places.ts";

const runJsonSchema = z.object({ exit_code: z.number().nullable() });
export type RecordedRun = z.infer<typeof runJsonSchema>;

/** Reads run.json of the run that a start has worked on. Undefined if the start did not get that far. */
export function runOfStart(places: Places, startId: string): RecordedRun | undefined {
  const mention = `"start_id":${JSON.stringify(startId)}`;
  const runDir = runDirectories(places.runs).find(
    (directory) => mayMention(places, directory) && someLine(directory, (line) => line.includes(mention)),
  );
  if (runDir === undefined) return undefined;
  return parsed(runJsonSchema, () => readFileSync(runLayout(runDir).runJson, "utf8"));
}

const startedSchema = z.object({ run_id: z.string(), workflow: z.object({ path: z.string() }) });

interface WantedRun {
  readonly runId: string;
  /** The workflow's path on the host. */
  readonly workflowPath: string;
}

/** True if the workflow has a run with this id. */
export const hasStarted = ({ runs }: Places, { runId, workflowPath }: WantedRun): boolean =>
  runDirectories(runs).some((directory) => {
    const started = parsed(startedSchema, () => firstLine(directory));
    return started?.run_id === runId && `${started.workflow.path}/`.startsWith(`${workflowPath}/`);
  });

/** Includes archived runs: after --fresh, the id of the start may be in one of them. */
function runDirectories(runs: string): readonly string[] {
  const entries = readdirSync(runs, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const directories = entries.map(({ name }) => path.join(runs, name));
  return directories.filter((directory) => systemFiles.exists(runLayout(directory).journal));
}

/** Skips journals that were last written before this container was created: they cannot mention its start. */
function mayMention({ creationMark }: Places, runDir: string): boolean {
  const created = statSync(creationMark, { throwIfNoEntry: false });
  return created === undefined || statSync(runLayout(runDir).journal).mtimeMs > created.mtimeMs;
}

function someLine(runDir: string, test: (line: Buffer) => boolean): boolean {
  const journal = systemFiles.open(runLayout(runDir).journal, "read");
  try {
    for (const { bytes } of readLines(journal, 0))
      if (test(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))) return true;
    return false;
  } finally {
    journal.close();
  }
}

function firstLine(runDir: string): string {
  let text = "";
  someLine(runDir, (line) => {
    text = line.toString("utf8");
    return true;
  });
  return text;
}

/** Undefined if the text is missing, unreadable, torn, or has another shape. */
function parsed<Value>(schema: z.ZodType<Value>, read: () => string): Value | undefined {
  try {
    return schema.parse(JSON.parse(read()));
  } catch {
    return undefined;
  }
}
