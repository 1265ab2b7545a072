import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { writeAll } from "../store/atomic-file.ts";
import { systemFiles } from "../store/files.ts";
import { currentHolder } from "../store/holder.ts";
import { findProcess } from "./process-table.ts";

/** What `process.json` in an attempt's directory says: enough to find the process again after a crash of ours. */
const recordedProcessSchema = z.object({
  pid: z.number(),
  /** Clock ticks from boot to its start, so that a reused pid is not taken for it. */
  pid_started: z.string(),
  boot_id: z.string(),
  pid_namespace: z.string(),
  file: z.string(),
});
const RECORD_NAME = "process.json";
export type RecordedProcess = z.infer<typeof recordedProcessSchema>;

/** What tells a running process of ours from any other, now and after a crash of ours. */
export function identifyProcess(pid: number, file: string): RecordedProcess {
  const { boot_id, pid_namespace } = here();
  return { pid, pid_started: findProcess(pid)?.started ?? "0", boot_id, pid_namespace, file };
}

/**
 * Writes a process down in its attempt's directory. Not synced, since after a reboot the record says nothing; a torn
 * one is none. @throws StorageFailure when the disk refuses.
 */
export function recordProcess(directory: string, record: RecordedProcess): void {
  const file = systemFiles.open(join(directory, RECORD_NAME), "replace");
  try {
    writeAll(file, Buffer.from(`${JSON.stringify(record)}\n`, "utf8"));
  } finally {
    file.close();
  }
}

/** The record at `path`, or undefined when there is no whole one. */
function readRecordedProcess(path: string): RecordedProcess | undefined {
  try {
    return recordedProcessSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined;
  }
}

/** All records below a step's directory: those of its attempts, compactions and probes. */
export function findRecordedProcesses(stepDir: string): readonly RecordedProcess[] {
  if (!existsSync(stepDir)) return [];
  return readdirSync(stepDir, { recursive: true, encoding: "utf8" })
    .filter((path) => basename(path) === RECORD_NAME)
    .flatMap((path) => readRecordedProcess(join(stepDir, path)) ?? []);
}

/** Whether the record's pid means anything here: same boot, same view of the processes. */
export const isFromHere = ({ boot_id, pid_namespace }: RecordedProcess): boolean =>
  boot_id === here().boot_id && pid_namespace === here().pid_namespace;

type Place = Pick<RecordedProcess, "boot_id" | "pid_namespace">;

/** Neither can change while we run. */
let knownPlace: Place | undefined;
const here = (): Place => (knownPlace ??= currentHolder());
