import type { EventOf, StampedEvent } from "../../core/event.ts";
import type { OpenStep } from "../../core/run-state.ts";

/** Starts a wait of the open step: its reason, its end, and whether it must be announced. */
export function waitStarted(open: OpenStep, event: StampedEvent & EventOf<"wait.started">): OpenStep {
  const { recovery } = open;
  const reason = event.for === "park" ? parkReason(open, event) : undefined;
  const isUnannounced = reason !== undefined && !recovery.announced_parks.includes(reason);
  return {
    ...open,
    phase: {
      kind: "waiting",
      wait: {
        for: event.for,
        ...(event.cause && { cause: event.cause }),
        ...(isUnannounced && { is_news: true }),
        started_at: event.at,
        until: event.until,
        planned_ms: event.planned_ms,
        slept_ms: 0,
        why: event.why,
        next: event.next,
        lease: event.lease,
        probes: 0,
        probed_at: null,
        lifted: false,
      },
    },
    recovery: {
      ...recovery,
      cap_waits: recovery.cap_waits + (event.for === "cap" ? 1 : 0),
      // `parks` lengthens the retry interval of an outage. A full disk must not: it says nothing about the outage.
      parks: recovery.parks + (event.for === "park" && event.cause === undefined ? 1 : 0),
      announced_parks: isUnannounced ? [...recovery.announced_parks, reason] : recovery.announced_parks,
      script_retries: recovery.script_retries + (isScriptRetry(open, event) ? 1 : 0),
    },
  };
}

const parkReason = (open: OpenStep, { cause }: EventOf<"wait.started">): string =>
  cause ?? open.last_failure?.class ?? "unknown";

/** A script that exits with "not now" reports a failure of the environment, which uses none of the script's retries. */
const isScriptRetry = (open: OpenStep, event: EventOf<"wait.started">): boolean =>
  event.next.mode === "script" && open.last_failure?.class === "script";

/** Applies an event to the open wait. */
export function withinWait(
  open: OpenStep,
  event: StampedEvent & EventOf<"wait.ticked" | "wait.finished" | "probe.started" | "probe.finished">,
): OpenStep {
  if (open.phase.kind !== "waiting") throw new Error(`${event.type} outside a wait.`);
  const { wait } = open.phase;
  switch (event.type) {
    case "wait.ticked":
      return { ...open, phase: { kind: "waiting", wait: { ...wait, slept_ms: event.slept_ms } } };
    case "probe.started": // counts now, so a runner that keeps dying in its probes does not probe more often
      return {
        ...open,
        phase: { kind: "waiting", wait: { ...wait, probes: event.probe, probed_at: event.at } },
      };
    case "probe.finished": {
      const probes = event.probe ?? wait.probes + 1;
      return {
        ...open,
        phase: { kind: "waiting", wait: { ...wait, probes, probed_at: event.at, lifted: event.ok } },
      };
    }
    case "wait.finished": {
      const { recovery } = open;
      // A finished wait counts in full, or a runner that keeps dying in its waits would never use up its budget.
      const waited = event.how === "elapsed" ? wait.planned_ms : event.slept_ms;
      const backoff = wait.for === "backoff" ? waited : 0;
      return {
        ...open,
        phase: { kind: "ready", next: wait.next },
        recovery: { ...recovery, backoff_waited_ms: recovery.backoff_waited_ms + backoff },
      };
    }
    default:
      return event satisfies never;
  }
}
