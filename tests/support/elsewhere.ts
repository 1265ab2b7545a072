import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { StartOptions } from "./longhaul.ts";

/** For `node --import`; that file says what it does. */
const BOOT_ID = join(import.meta.dirname, "boot-id.mjs");

/**
 * Makes a start look like one on another machine: with its own host name, boot and process ids, and the same files. The
 * runner is process 1 there, a number that names another process here.
 */
export const onHost = (name: string): StartOptions => ({
  through: ["unshare", "--uts", ...CONTAINED, "sh", "-c", 'hostname "$0" && exec "$@"', name],
  nodeArgs: ["--import", BOOT_ID],
  env: { BOOT_ID: `boot-of-${name}` },
});

const CONTAINED = ["--pid", "--fork", "--mount-proc", "--kill-child"] as const;

/** Makes a start look like one in another container of this machine, with its own process ids. */
export const inContainer = (): StartOptions => ({ through: ["unshare", ...CONTAINED] });

/** The pid, in this namespace, of a process' only child; undefined while it has none. */
export function childOf(pid: number): number | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return children === "" ? undefined : Number(children.split(" ")[0]);
}
