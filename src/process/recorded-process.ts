import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { writeAll } from "../store/atomic-file.ts";
import { systemFiles } from "../store/files.ts";
import { currentHolder } from "../store/holder.ts";
import { findProcess } from "./process-table.ts";

/** The content of an attempt's `process.json`: enough to find the process again after a crash of Longhaul. */
const recordedProcessSchema = z.object({
  pid: z.number(),
  /** Clock ticks from boot to its start; they tell it from a later process with the same pid. */
  pid_started: z.string(),
  boot_id: z.string(),
  pid_namespace: z.string(),
  file: z.string(),
});
const RECORD_NAME = "process.json";
export type RecordedProcess = z.infer<typeof recordedProcessSchema>;

/** Identifies a running process of ours, now and after a crash of Longhaul. */
export function identifyProcess(pid: number, file: string): RecordedProcess {
  const { boot_id, pid_namespace } = here();
  return { pid, pid_started: findProcess(pid)?.started ?? "0", boot_id, pid_namespace, file };
}

/**
 * Records a process in its attempt's directory. Not synced, because the record is worthless after a reboot. A torn record
 * counts as none. @throws StorageFailure when the disk refuses.
 */
export function recordProcess(directory: string, record: RecordedProcess): void {
  const file = systemFiles.open(join(directory, RECORD_NAME), "replace");
  try {
    writeAll(file, Buffer.from(`${JSON.stringify(record)}\n`, "utf8"));
  } finally {
    file.close();
  }
}

/** The record at `path`, or undefined when it is missing or torn. */
function readRecordedProcess(path: string): RecordedProcess | undefined {
  try {
    return recordedProcessSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined;
  }
}

/** All records in a step's directory: those of its attempts, compactions and probes. */
export function findRecordedProcesses(stepDir: string): readonly RecordedProcess[] {
  if (!existsSync(stepDir)) return [];
  return readdirSync(stepDir, { recursive: true, encoding: "utf8" })
    .filter((path) => basename(path) === RECORD_NAME)
    .flatMap((path) => readRecordedProcess(join(stepDir, path)) ?? []);
}

/** Whether the record's pid is valid here: same boot and same pid namespace. */
export const isFromHere = ({ boot_id, pid_namespace }: RecordedProcess): boolean =>
  boot_id === here().boot_id && pid_namespace === here().pid_namespace;

type Place = Pick<RecordedProcess, "boot_id" | "pid_namespace">;

/** Cached, because neither changes while this process runs. */
let knownPlace: Place | undefined;
const here = (): Place => (knownPlace ??= currentHolder());
