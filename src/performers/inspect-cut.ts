import { createReadStream, existsSync, statSync } from "node:fs";
import path from "node:path";
import type { Environment } from "../backends/backend.ts";
import type { EventOf } from "../core/event.ts";
import type { RunState } from "../core/run-state.ts";
import { readLines } from "../process/line-splitter.ts";
import type { RunLayout } from "../store/layout.ts";
import type { AgentDriver } from "./agent-driver.ts";

interface InspectInput {
  readonly driver: AgentDriver;
  readonly layout: RunLayout;
  readonly environment: Environment;
}

/**
 * The result of an attempt that was under way when an earlier process of this run died, read from the files it left;
 * undefined when there was none.
 */
export async function inspectCut(
  state: RunState,
  { driver, layout, environment }: InspectInput,
): Promise<EventOf<"attempt.interrupted"> | undefined> {
  const { open: step } = state;
  if (step?.phase.kind !== "attempting") return undefined;
  const { attempt, started_at } = step.phase;
  const directory = layout.attemptDir(step.step, step.node, attempt);
  const cut = {
    type: "attempt.interrupted",
    step: step.step,
    attempt,
    ran_ms: ranMs(directory, started_at),
  } as const;
  const unknown = { progressed: false, prompt_stored: false, session: step.session };
  if (step.kind !== "agent" || driver.kind === "replay") return { ...cut, ...unknown };
  const stream = path.join(directory, "events.jsonl");
  if (!existsSync(stream)) return { ...cut, ...unknown };
  const report = await driver.backend.inspectCut({
    lines: linesOf(stream),
    session: { id: step.session?.id ?? null, fresh: !step.prompt_stored },
    // The turn's prompt begins with the task's; additions follow it.
    prompt: step.task.prompt,
    cwd: step.cwd ?? state.workspace,
    environment,
    startedAtMs: Date.parse(started_at),
  });
  const { progressed, promptStored, usage } = report;
  const session = step.session && { ...step.session, id: report.sessionId ?? step.session.id };
  return { ...cut, progressed, prompt_stored: promptStored, session, ...(usage && { usage }) };
}

async function* linesOf(file: string): AsyncGenerator<string> {
  for await (const { text } of readLines(createReadStream(file))) yield text;
}

const OUTPUT_FILES = ["events.jsonl", "stdout.log", "stderr.log"];

/** From the start to the last output, as far as the files show; a killed process leaves no record of its duration. */
function ranMs(directory: string, startedAt: string): number {
  const written = OUTPUT_FILES.map((name) => path.join(directory, name)).filter(existsSync);
  const lastMs = Math.max(0, ...written.map((file) => statSync(file).mtimeMs));
  return Math.max(0, Math.round(lastMs - Date.parse(startedAt)));
}
