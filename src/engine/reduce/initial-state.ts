import type { EventOf, StampedEvent } from "../../core/event.ts";
import { NO_LIMITS } from "../../core/limits.ts";
import type { Recovery, RunState } from "../../core/run-state.ts";

/** The state after a run's first event. */
export function initialState(event: StampedEvent & EventOf<"run.started">): RunState {
  return {
    format: 1,
    uuid: event.uuid,
    name: event.name,
    run_id: event.run_id,
    workflow: event.workflow,
    cli: event.cli,
    model: event.model,
    params: event.params,
    run_dir: event.run_dir,
    workspace: event.workspace,
    versions: event.versions,
    started_at: event.at,
    updated_at: event.at,
    seq: event.seq,
    lease: event.lease,
    holder: event.holder,
    start_id: event.start_id,
    status: { kind: "running" },
    cursor: event.start,
    return_to: null,
    visits: {},
    context: event.context,
    sources: {},
    open: null,
    detours: 0,
    answered_before: false,
    defaulted: [],
    labels: event.labels ?? {},
    limits: event.limits ?? NO_LIMITS,
    recent_usage: [],
    unpriced_told: false,
    totals: { steps: 0, attempts: 0, resumes: 0, waited_ms: 0, usage: {} },
  };
}

/** The recovery counters of a step without failures. */
export const freshRecovery = (): Recovery => ({
  output_retries: 0,
  invoke_retries: 0,
  backoff_waited_ms: 0,
  compactions: 0,
  reframes: 0,
  timeouts: 0,
  cap_waits: 0,
  parks: 0,
  announced_parks: [],
  login_retries: 0,
  lost_sessions: 0,
  script_retries: 0,
  interruptions: 0,
});
