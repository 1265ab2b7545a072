import type { Action } from "../../core/action.ts";
import type { EventBody } from "../../core/event.ts";
import type { FreeDisk } from "../../core/ports.ts";
import type { RunState } from "../../core/run-state.ts";
import type { EngineSettings } from "../settings.ts";

/** When a run that is short of disk says so again; it goes on within a minute once there is space. */
const PARK_MS = 3_600_000;
const MIB = 1024 * 1024;

interface Planned {
  readonly state: RunState;
  readonly action: Action;
  readonly settings: EngineSettings;
  readonly nowMs: number;
  readonly disks: readonly FreeDisk[];
}

/** The planned action; or, instead of starting a turn, a compaction or a script, a park until there is disk space. */
export function aboveDiskFloor({ state, action, settings, nowMs, disks }: Planned): Action {
  const { minFreeDiskBytes, noWait } = settings.policy;
  const full = disks.find(({ freeBytes }) => freeBytes < minFreeDiskBytes);
  if (full === undefined) return action.kind === "wait" ? endDiskWait(state, action) : action;
  if (action.kind !== "turn" && action.kind !== "compact" && action.kind !== "script") return action;
  const parked: EventBody = {
    type: "wait.started",
    step: action.step,
    for: "park",
    cause: "disk",
    until: new Date(nowMs + PARK_MS).toISOString(),
    planned_ms: PARK_MS,
    why: describeShortage(full, minFreeDiskBytes),
    next: nextOf(action),
  };
  if (!noWait) return { kind: "start-wait", record: [parked] };
  const message = `${parked.why} Left at once because of --no-wait.`;
  return { kind: "finish", record: [parked, { type: "run.interrupted", why: "no_wait", message }] };
}

function endDiskWait({ open }: RunState, action: Extract<Action, { kind: "wait" }>): Action {
  if (open?.phase.kind !== "waiting" || open.phase.wait.cause !== "disk") return action;
  const event: EventBody = {
    type: "wait.finished",
    step: action.step,
    slept_ms: action.sleptMs,
    how: "look",
  };
  return { kind: "start-wait", record: [event] };
}

const describeShortage = ({ path, freeBytes }: FreeDisk, floorBytes: number): string =>
  `Only ${Math.floor(freeBytes / MIB)} MB of disk are free at ${path}, and nothing is started below ${Math.round(floorBytes / MIB)} MB (AGENT_MIN_FREE_DISK_MB). Free some space; the run then goes on by itself.`;

function nextOf(action: Extract<Action, { kind: "turn" | "compact" | "script" }>) {
  if (action.kind === "turn") return action.turn;
  return { mode: action.kind };
}
