import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { systemFiles } from "../store/files.ts";
import { runLayout } from "../store/layout.ts";
import { readLines } from "../store/lines.ts";
import type { Places } from "./places.ts";

const runJsonSchema = z.object({ exit_code: z.number().nullable() });
export type RecordedRun = z.infer<typeof runJsonSchema>;

/** What run.json says of the run that a start has worked on; undefined when the start got to none. */
export function runOfStart(places: Places, startId: string): RecordedRun | undefined {
  const mention = `"start_id":${JSON.stringify(startId)}`;
  const runDir = runDirectories(places.runs).find(
    (directory) => mayKnow(places, directory) && someLine(directory, (line) => line.includes(mention)),
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

/** Whether a run of the workflow has begun under this id. */
export const hasBegun = ({ runs }: Places, { runId, workflowPath }: WantedRun): boolean =>
  runDirectories(runs).some((directory) => {
    const started = parsed(startedSchema, () => firstLine(directory));
    return started?.run_id === runId && `${started.workflow.path}/`.startsWith(`${workflowPath}/`);
  });

/** With the archived ones: a start that began a run over has its id in one of them. */
function runDirectories(runs: string): readonly string[] {
  const entries = readdirSync(runs, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const directories = entries.map(({ name }) => path.join(runs, name));
  return directories.filter((directory) => systemFiles.exists(runLayout(directory).journal));
}

/** Journals may be many and large: one that was not written since this container was made knows nothing of its start. */
function mayKnow({ creationMark }: Places, runDir: string): boolean {
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

/** Undefined for what is missing, closed to this user, torn, or of another shape. */
function parsed<Value>(schema: z.ZodType<Value>, read: () => string): Value | undefined {
  try {
    return schema.parse(JSON.parse(read()));
  } catch {
    return undefined;
  }
}
