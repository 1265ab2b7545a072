import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { StartOptions } from "./longhaul.ts";

/** For `node --import`: see there. */
const BOOT_ID = join(import.meta.dirname, "boot-id.mjs");

/**
 * How a start looks like one on another machine: its own host name, boot and process ids; only the files are the same. The
 * runner is process 1 there, a number that names another process here.
 */
export const onHost = (name: string): StartOptions => ({
  through: ["unshare", "--uts", ...CONTAINED, "sh", "-c", 'hostname "$0" && exec "$@"', name],
  nodeArgs: ["--import", BOOT_ID],
  env: { BOOT_ID: `boot-of-${name}` },
});

const CONTAINED = ["--pid", "--fork", "--mount-proc", "--kill-child"] as const;

/** How a start looks like one in another container of this machine: process ids of its own. */
export const inContainer = (): StartOptions => ({ through: ["unshare", ...CONTAINED] });

/** The pid, as it is seen here, of the only child of a process; undefined while it has none. */
export function childOf(pid: number): number | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return children === "" ? undefined : Number(children.split(" ")[0]);
}
