import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
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

/** Writes a process of ours down in its attempt's directory. Not synced, since after a reboot the record says nothing; a torn one is none. */
export function recordProcess(directory: string, pid: number, file: string): RecordedProcess {
  const { boot_id, pid_namespace } = here();
  const record = { pid, pid_started: findProcess(pid)?.started ?? "0", boot_id, pid_namespace, file };
  writeFileSync(join(directory, RECORD_NAME), `${JSON.stringify(record)}\n`);
  return record;
}

/** The record at `path`, or undefined when there is no whole one. */
function readRecordedProcess(path: string): RecordedProcess | undefined {
  try {
    return recordedProcessSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined;
  }
}

/** All records below a step's directory: those of its attempts and compactions. */
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
