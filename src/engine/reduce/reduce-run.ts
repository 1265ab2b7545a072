import type { EventOf, StampedEvent } from "../../core/event.ts";
import { withDefaulted } from "../../core/defaulted.ts";
import { EXIT } from "../../core/failure.ts";
import { ownValue } from "../../core/json.ts";
import { UNPRICED_WARNING } from "../../core/limits.ts";
import type { OpenStep, RunState, StepWork } from "../../core/run-state.ts";
import { withEntries, withoutKeys } from "../../core/shared-record.ts";
import { addUsage, type Usage } from "../../core/usage.ts";
import { freshRecovery, initialState } from "./initial-state.ts";
import { reduceOpenStep } from "./reduce-step.ts";

/**
 * The pure reducer: the state of a run is `events.reduce(reduce, undefined)`, in the loop's memory and on a resume.
 * Events of an older lease after a newer one are ignored: their writer had lost the run.
 */
export function reduce(state: RunState | undefined, event: StampedEvent): RunState {
  if (state === undefined) {
    if (event.type !== "run.started")
      throw new Error(`A journal begins with run.started, not with ${event.type}.`);
    return initialState(event);
  }
  if (event.lease < state.lease) return state;
  return { ...applyEvent(state, event), seq: event.seq, lease: event.lease, updated_at: event.at };
}

function applyEvent(state: RunState, event: StampedEvent): RunState {
  switch (event.type) {
    case "run.started":
      throw new Error("A journal has run.started only once.");
    case "run.resumed":
      return resumed(state, event);
    case "backend.changed":
      return { ...state, cli: event.cli, model: event.model, open: state.open && forBackend(state.open) };
    case "cursor.moved":
      return cursorMoved(state, event);
    case "step.started":
      return stepStarted(state, event);
    case "step.finished":
      return stepFinished(state, event);
    case "run.interrupted":
      return { ...state, status: { kind: "interrupted", why: event.why } };
    case "run.stopped":
      return { ...state, status: { kind: "stopped", exit_code: event.exit_code, why: event.why } };
    case "run.finished":
      return {
        ...state,
        status: { kind: "finished", exit_code: event.exit_code, outcome: event.outcome, node: event.node },
      };
    case "visits.exhausted":
      return { ...state, cursor: event.next, detours: state.detours + 1 };
    case "limits.changed":
      return { ...state, limits: event.limits };
    case "warning":
      return event.code === UNPRICED_WARNING ? { ...state, unpriced_told: true } : state;
    default:
      return withinStep(state, event);
  }
}

type StepEvent = Extract<
  StampedEvent,
  { type: `attempt.${string}` | `compact.${string}` | `wait.${string}` | `probe.${string}` }
>;

function withinStep(state: RunState, event: StepEvent): RunState {
  if (state.open === null || state.open.step !== event.step) {
    throw new Error(`${event.type} for step ${event.step}, which is not open.`);
  }
  const usage = usageOf(state.open, event);
  const waited = event.type === "wait.finished" ? event.slept_ms : 0;
  return {
    ...state,
    open: reduceOpenStep(state.open, event),
    answered_before: state.answered_before || showsThatModelAnswers(event),
    totals: {
      ...state.totals,
      attempts: state.totals.attempts + (event.type === "attempt.started" ? 1 : 0),
      waited_ms: state.totals.waited_ms + waited,
      usage: addUsage(state.totals.usage, usage),
    },
    recent_usage: event.type.startsWith("attempt.") ? recentUsage(state, usage) : state.recent_usage,
  };
}

/** A turn that was cut off after it produced output has used an unknown amount, so it counts as unpriced. */
function usageOf(open: OpenStep, event: StepEvent): Usage {
  if ("usage" in event && event.usage !== undefined) return event.usage;
  const unseen = event.type === "attempt.interrupted" && event.progressed && open.kind === "agent";
  return unseen ? { unpriced_turns: 1 } : {};
}

const RECENT_TURNS = 3;

const recentUsage = ({ recent_usage }: RunState, usage: Usage): Usage[] =>
  Object.keys(usage).length === 0 ? recent_usage : [...recent_usage, usage].slice(-RECENT_TURNS);

/** Even an unusable answer or a turn that ran out of time shows that login and model work. */
function showsThatModelAnswers(event: StepEvent): boolean {
  if (event.type === "attempt.interrupted") return event.progressed;
  if (event.type !== "attempt.failed") return event.type === "attempt.finished";
  return ["answer", "timeout", "overflow"].includes(event.failure.class);
}

/** A start after a failed step resets the step's counters: the user wants another try. Other starts reset nothing. */
function resumed(state: RunState, event: StampedEvent & EventOf<"run.resumed">): RunState {
  const cut = state.open && cutCompaction(state.open);
  const { status } = state;
  const failed =
    status.kind === "stopped" && status.exit_code !== EXIT.limit && status.exit_code !== EXIT.resumable;
  const open = cut !== null && failed ? retriedByPerson(cut) : cut;
  return {
    ...state,
    holder: event.holder,
    start_id: event.start_id,
    workflow: nextWorkflow(state, event),
    versions: event.versions,
    run_dir: event.run_dir,
    workspace: event.workspace,
    status: { kind: "running" },
    open,
    detours: 0,
    totals: { ...state.totals, resumes: state.totals.resumes + 1 },
  };
}

function nextWorkflow({ workflow }: RunState, event: EventOf<"run.resumed">): RunState["workflow"] {
  const { path, hash, parts = workflow.parts } = event.workflow;
  return { path, hash, ...(parts && { parts }) };
}

const retriedByPerson = (open: OpenStep): OpenStep => ({
  ...withoutSession(open),
  recovery: freshRecovery(),
  charged_ms: 0,
});

/** A compaction that was cut off is repeated and does not count as an attempt. */
function cutCompaction(open: OpenStep): OpenStep {
  if (open.phase.kind !== "compacting") return open;
  const { recovery } = open;
  return {
    ...open,
    phase: { kind: "ready", next: { mode: "compact" } },
    recovery: {
      ...recovery,
      compactions: Math.max(0, recovery.compactions - 1),
      interruptions: recovery.interruptions + 1,
    },
  };
}

/** A session belongs to one CLI, so a change of the CLI drops it. Scripts have no session and stay unchanged. */
const forBackend = (open: OpenStep): OpenStep => (open.kind === "agent" ? withoutSession(open) : open);

/** Drops the session: the next turn sends the whole task in a fresh one. */
const withoutSession = (open: OpenStep): OpenStep => ({
  ...open,
  session: null,
  prompt_stored: false,
  phase: open.phase.kind === "answered" ? open.phase : { kind: "ready", next: null },
});

function cursorMoved(state: RunState, event: EventOf<"cursor.moved">): RunState {
  return {
    ...state,
    ...event.restored,
    status: { kind: "running" },
    cursor: event.node,
    return_to: event.return_to ?? null,
    open: null,
    detours: 0,
    visits: event.restored?.visits ?? takeBackVisits(state, event),
    defaulted:
      event.restored?.defaulted ??
      state.defaulted.filter((entry) => event.why !== "redo" || entry.node !== event.node),
  };
}

/** Takes back the visit of a dropped open step and of a redone step: neither counts as an additional visit. */
function takeBackVisits(
  { visits, open }: RunState,
  { why, node }: EventOf<"cursor.moved">,
): Record<string, number> {
  const dropped = open === null ? [] : [open.node];
  const redone = why === "redo" && open?.node !== node ? [node] : [];
  const taken = [...dropped, ...redone].map((id) => [id, Math.max(0, (ownValue(visits, id) ?? 0) - 1)]);
  return withEntries(visits, Object.fromEntries(taken));
}

function stepStarted(state: RunState, event: StampedEvent & EventOf<"step.started">): RunState {
  const { step, node, visit, reads, cwd } = event;
  return {
    ...state,
    cursor: node,
    labels: event.labels ?? {},
    visits: withEntries(state.visits, { [node]: visit }),
    totals: { ...state.totals, steps: step },
    detours: 0,
    open: {
      step,
      node,
      visit,
      started_at: event.at,
      reads,
      ...workOf(event),
      ...(cwd !== undefined && { cwd }),
      attempts: 0,
      cut_attempts: 0,
      resumed: false,
      session: null,
      sessions: 0,
      prompt_stored: false,
      charged_ms: 0,
      last_failure: null,
      complaint: null,
      recovery: freshRecovery(),
      phase: { kind: "ready", next: null },
    },
  };
}

/** The work of a step: a task for an agent, a command for a script, neither for a branch. */
function workOf({ task, command, add_dirs }: EventOf<"step.started">): StepWork {
  if (task !== undefined) return { kind: "agent", task, ...(add_dirs && { add_dirs }) };
  return command === undefined ? { kind: "branch" } : { kind: "script", command };
}

function stepFinished(state: RunState, event: EventOf<"step.finished">): RunState {
  const { step, node, outputs, set, unset = [], defaulted } = event;
  return {
    ...state,
    context: withoutKeys(withEntries(state.context, { ...outputs, ...set }), unset),
    sources: withoutKeys(withEntries(state.sources, event.sources), unset),
    cursor: event.next,
    return_to: null,
    open: null,
    defaulted: defaulted ? withDefaulted(state.defaulted, { step, node, keys: defaulted }) : state.defaulted,
  };
}
