import type { EventBody } from "../../core/event.ts";
import type { FreeDisk } from "../../core/ports.ts";
import type { RunState } from "../../core/run-state.ts";
import type { NextAttempt } from "../../core/vocabulary.ts";
import type { Action, CompactEffect, ScriptEffect, TurnEffect, WaitEffect } from "../effect.ts";
import type { EngineSettings } from "../settings.ts";

/** How often a run that is short of disk reports it again. It continues within a minute once space is free. */
const PARK_MS = 3_600_000;
const MIB = 1024 * 1024;

interface Planned {
  readonly state: RunState;
  readonly action: Action;
  readonly settings: EngineSettings;
  readonly nowMs: number;
  readonly disks: readonly FreeDisk[];
}

/**
 * Returns the planned action, or a park in place of a turn, a compaction or a script while too little disk is free. Ends
 * such a park once space is free.
 */
export function parkIfDiskIsFull({ state, action, settings, nowMs, disks }: Planned): Action {
  const { minFreeDiskBytes, noWait } = settings.policy;
  const full = disks.find(({ freeBytes }) => freeBytes < minFreeDiskBytes);
  const { effect } = action;
  if (full === undefined) return effect?.kind === "wait" && isDiskWait(state) ? endWait(effect) : action;
  if (effect?.kind !== "turn" && effect?.kind !== "compact" && effect?.kind !== "script") return action;
  const parked: EventBody = {
    type: "wait.started",
    step: effect.step,
    for: "park",
    cause: "disk",
    until: new Date(nowMs + PARK_MS).toISOString(),
    planned_ms: PARK_MS,
    why: describeShortage(full, minFreeDiskBytes),
    next: nextOf(effect, action.record),
  };
  if (!noWait) return { record: [parked] };
  const message = `${parked.why} Left at once because of --no-wait.`;
  return { record: [parked, { type: "run.interrupted", why: "no_wait", message }] };
}

const isDiskWait = ({ open }: RunState): boolean =>
  open?.phase.kind === "waiting" && open.phase.wait.cause === "disk";

const endWait = ({ step, sleptMs }: WaitEffect): Action => ({
  record: [{ type: "wait.finished", step, slept_ms: sleptMs, how: "look" }],
});

const describeShortage = ({ path, freeBytes }: FreeDisk, floorBytes: number): string =>
  `Only ${Math.floor(freeBytes / MIB)} MB of disk are free at ${path}, and nothing is started below ${Math.round(floorBytes / MIB)} MB (AGENT_MIN_FREE_DISK_MB). Free some space; the run then continues by itself.`;

/** What to do once space is free: the attempt that was planned. */
function nextOf(
  { kind }: TurnEffect | CompactEffect | ScriptEffect,
  record: readonly EventBody[],
): NextAttempt {
  if (kind !== "turn") return { mode: kind };
  const started = record.find((event) => event.type === "attempt.started");
  if (started === undefined) throw new Error("A turn was planned without its attempt.started.");
  const { mode, level } = started;
  return { mode, ...(level !== undefined && { level }) };
}
