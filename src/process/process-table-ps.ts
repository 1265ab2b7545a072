import type { ProcessEntry } from "./process-entry.ts";
import { readCommandSync } from "./start-process.ts";

/** For systems without /proc (macOS): the same facts, as far as `ps` reports them. */

const LINE = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d+)\s(.*)$/;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Every process with its environment, which `ps` appends to the command, separated by spaces. */
export function listWithPs(): readonly ProcessEntry[] {
  const printed = readCommandSync(["ps", "axeww", "-o", "pid=,ppid=,pgid=,stat=,lstart=,command="], {
    env: { ...process.env, LC_ALL: "C" },
    maxBytes: MAX_OUTPUT_BYTES,
  });
  return printed.split("\n").flatMap((line) => parsePsLine(line) ?? []);
}

function parsePsLine(line: string): ProcessEntry | undefined {
  const [, pid, parent, group, state, started, command] = LINE.exec(line) ?? [];
  if (state === undefined || started === undefined || command === undefined) return undefined;
  return {
    pid: Number(pid),
    parent: Number(parent),
    group: Number(group),
    session: 0,
    alive: !state.startsWith("Z"),
    started,
    environment: () => Buffer.from(command.split(" ").join("\0")),
  };
}
