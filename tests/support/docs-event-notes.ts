import type { EventType } from "../../src/core/event.ts";

/** What the schemas of the journal cannot say: when each event is written, and what a field means. */

export const EVENT_NOTES: { readonly [Type in EventType]: string } = {
  "run.started": "The first line of every journal. Written together with the run directory.",
  "run.resumed":
    "A process took the run over; its lease is one more than the last. Written with the first intent that follows, after everything the step had left running is gone.",
  "backend.changed":
    "Another `--cli` or `AGENT_MODEL` was asked for. The open step goes on in a fresh session.",
  "limits.changed":
    "The limits of the run are other ones than before: the workflow was edited, or `--limit` was given.",
  "cursor.moved": "A person moved the run: `--at`, `--from` or `--redo`.",
  "step.started":
    "A node is entered. Its templates are rendered here, once; every try of the step uses this text.",
  "attempt.started": "The intent: durable before the process of the attempt is started.",
  "attempt.finished": "The attempt gave everything that its node declares.",
  "attempt.failed": "The attempt ended without that. What is done about it follows from `failure.class`.",
  "attempt.interrupted":
    "The attempt was cut off: by a stop, by a signal from outside, or with the process that ran it. Then a later process writes this line, from what it finds on disk. It uses no retry.",
  "compact.started": "The intent: the session of the step is about to be compacted.",
  "compact.finished": "The compaction ended; with `failure` when the session is as large as before.",
  "wait.started": "A wait, with its end. A resume goes on with this wait.",
  "wait.ticked":
    "How long a wait has gone on: ten minutes after it was last told, and when the runner stops. A kill loses what came after.",
  "wait.finished": "The wait is over.",
  "probe.started":
    "The intent: in a cap wait, a one-word turn is about to look whether the cap is lifted already.",
  "probe.finished":
    "The one-word turn is over. One that was cut off has no such line; the next look comes in its turn.",
  "step.finished": "The step is over: it is never run again. Its values are in the context from here on.",
  "visits.exhausted": "The node had its `max_visits`; the run goes on elsewhere. No step is started.",
  warning: "Something a person should know. Changes nothing.",
  "run.interrupted": "The process leaves the run (exit 75). The same command goes on.",
  "run.stopped": "The run cannot go on by itself. The same command tries again.",
  "run.finished": "An end node was reached.",
};

/** By `<event>.<field>`, else by `<field>`. */
export const FIELD_NOTES: Readonly<Record<string, string>> = {
  add_dirs: "further directories of an agent, rendered",
  attempt: "number of the attempt within the step, from 1",
  branch: "how the branch decided: what stood at `path`, where it leads, and which rule held (`how`)",
  cli: "what answers agent nodes: `claude`, `codex`, `copilot` or `replay`",
  code: "kind of warning",
  command: "the script and its rendered arguments",
  compaction: "number of the compaction within the step, from 1",
  context: "the initial context: vars, overlaid by params",
  cwd: "working directory, rendered",
  defaulted: "keys that took the author's default",
  duration_ms: "how long it ran, in milliseconds",
  exit_code:
    "what the process exited with; null when a signal ended it or it was never started; absent in runs of older versions, in replays, and where the process that watched it died first",
  signal: "the signal that ended the process; null when it exited or was never started",
  stopped_by: "why Longhaul stopped the process: a clock, or `abort`; absent when it ended by itself",
  os_error: "why the process was not started: the system's code, such as `ENOENT`",
  "run.stopped.exit_code": "exit code of Longhaul",
  "run.finished.exit_code": "exit code of Longhaul",
  excess:
    "only when a limit stopped it: which one, what was used, what the next step or turn would add; times in ms",
  failure: "what went wrong",
  "step.finished.failure":
    "why the step has no genuine result; present for defaults and for `on_exhausted: <node>`",
  for: "`backoff` after a transient failure, `cap` until a usage limit resets, `park` until the environment is mended",
  format: "version of the run directory",
  holder: "the process that writes",
  how: "`elapsed`; `probe`: the cap was lifted early; `look`: a start with `--no-wait` looked once",
  key_sources: "only when an earlier run is replayed: the source that each key had there",
  budget_usd: "what the limit on cost leaves, passed to a CLI that can bound a turn",
  limits:
    "limits of the workflow, and those asked for with `--limit`, which count more; times in milliseconds",
  cause: "`disk`: the park ends as soon as there is enough free disk",
  labels: "the workflow's labels, rendered; every later line of the step has them too",
  level: "of a reframe: 1 full task, 2 shortened with a form, 3 minimal",
  max_visits: "the bound",
  message: "one sentence for a person",
  missing: "names in templates that were not there and rendered empty",
  mode: "how the turn asks (see below), or `script`",
  model: "the model that served",
  "run.started.model": "`AGENT_MODEL`, or null",
  "backend.changed.model": "`AGENT_MODEL`, or null",
  name: "name of the workflow",
  next: "id of the node that follows",
  "wait.started.next": "how the next try asks",
  node: "id of the node",
  "run.finished.node": "id of the end node",
  node_type: "`agent`, `script` or `branch`",
  ok: "the model answered",
  outcome: "type of the end node",
  outputs: "the declared values, by key",
  params: "what `--params` gave",
  planned_ms: "length of the wait; with `until`, whichever ends first counts",
  progressed: "the model had written something new",
  prompt: "all that went to the CLI's stdin: the task, what the mode adds, and the output contract",
  prompt_stored: "the session holds the prompt, so the next turn may only say `continue`",
  ran_ms:
    "running time that is charged to the attempt's timeout; up to the last output where the runner died too",
  reads: "context keys that the templates read; taint is carried along them",
  restored: "`--from`: context, sources, visits and defaulted as they were before the node's newest visit",
  return_to: "`--redo`: where the run goes on afterwards",
  run_dir: "the run directory when this was written",
  probe: "counts the probes of this wait, from 1",
  run_id: "`--run-id`",
  session: "the agent's session after the attempt; null for scripts",
  "attempt.started.session": "session that the turn opens (`fresh`) or continues; null for scripts",
  "compact.started.session": "the session that is compacted",
  set: "values of the node's `set`",
  slept_ms: "slept so far, in milliseconds",
  source: "where the values come from",
  sources: "where each value comes from",
  start: "id of the first node",
  start_id: "`LONGHAUL_START_ID` of this start; one-shot flags act once per id",
  step: "number of the step in the run, from 1",
  task: "the rendered prompt of an agent and its rendered `args`",
  timeout_ms: "running time that the attempt gets",
  unset: "keys that lose their value because the step failed and `on_exhausted` names a node",
  until: "when the wait ends",
  usage: "tokens and cost, as far as the CLI told",
  uuid: "identity of the run; new after `--fresh`",
  versions: "versions of Longhaul and Node",
  visit: "how many times the node was entered, this time included",
  why: "why, in words",
  "cursor.moved.why": "the flag",
  "run.interrupted.why":
    "asked to stop, or at a wait with `--no-wait`. A refusing disk and a lost lease cannot be written here: see [exit codes](#exit-codes)",
  workflow:
    "path and hash of the workflow file, prompts and scripts; `changed` compares with the last start, `changes` says what was edited; `parts` are short hashes of every field, to tell that later",
  workspace: "where the agents work",
};
