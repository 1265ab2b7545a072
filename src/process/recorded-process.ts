import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { currentHolder } from "../store/holder.ts";
import { findProcess } from "./process-table.ts";

/** What `process.json` in an attempt's directory says: enough to find the process again after a crash of ours. */
export const recordedProcessSchema = z.object({
  pid: z.number(),
  /** Clock ticks from boot to its start, so that a reused pid is not taken for it. */
  pid_started: z.string(),
  boot_id: z.string(),
  pid_namespace: z.string(),
  file: z.string(),
});
export type RecordedProcess = z.infer<typeof recordedProcessSchema>;

/** Writes a process of ours down. Not synced, since after a reboot the record says nothing; a torn one is none. */
export function recordProcess(path: string, pid: number, file: string): RecordedProcess {
  const { boot_id, pid_namespace } = here();
  const record = { pid, pid_started: findProcess(pid)?.started ?? "0", boot_id, pid_namespace, file };
  writeFileSync(path, `${JSON.stringify(record)}\n`);
  return record;
}

/** The record at `path`, or undefined when there is no whole one. */
export function readRecordedProcess(path: string): RecordedProcess | undefined {
  try {
    return recordedProcessSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined;
  }
}

/** Whether the record's pid means anything here: same boot, same view of the processes. */
export const isFromHere = ({ boot_id, pid_namespace }: RecordedProcess): boolean =>
  boot_id === here().boot_id && pid_namespace === here().pid_namespace;

type Place = Pick<RecordedProcess, "boot_id" | "pid_namespace">;

/** Neither can change while we run. */
let knownPlace: Place | undefined;
const here = (): Place => (knownPlace ??= currentHolder());
