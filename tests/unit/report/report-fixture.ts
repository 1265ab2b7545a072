import type { ReportData, ReportEntry, ReportStep } from "../../../src/report/report-data.ts";

export const text = (characters: number) => ({
  text: "<".repeat(characters),
  characters,
  file: "steps/x/output.json",
});
const USAGE = { tokens: null, outputTokens: null, costUsd: null, unpricedTurns: 0 };

export const entry = (promptCharacters: number): ReportEntry => ({
  kind: "attempt",
  title: "attempt",
  state: "ok",
  startedMs: 0,
  durationMs: 1,
  detail: "",
  usage: null,
  prompt: text(promptCharacters),
  answer: null,
});

export const step = (number: number, rest: Partial<ReportStep> = {}): ReportStep => ({
  step: number,
  node: "work",
  type: "agent",
  visit: number,
  startedMs: 0,
  durationMs: 1,
  waitedMs: 0,
  outcome: "genuine",
  defaulted: [],
  tainted: [],
  next: "work",
  reason: "",
  usage: null,
  command: null,
  output: null,
  entries: [],
  entriesLeftOut: 0,
  folder: "steps/x",
  ...rest,
});

export const data = (steps: readonly ReportStep[]): ReportData => ({
  run: {
    name: "n",
    runId: "r",
    uuid: "u",
    directory: "/d",
    status: "finished",
    exitCode: 0,
    why: "",
    waitsUntilMs: null,
    at: "done",
    cli: "replay",
    model: "",
    startedMs: 0,
    updatedMs: 1,
    untilMs: 1,
    resumes: 0,
    waitedMs: 0,
    attempts: 0,
    usage: USAGE,
  },
  version: "0",
  generatedMs: 0,
  graphNote: "",
  nodes: [],
  lanes: [],
  pauses: [],
  steps,
  stepsInAll: steps.length,
});
