import { CLI_NAMES } from "../backends/table.ts";
import { UsageError } from "../core/failure.ts";
import type { RunState } from "../core/run-state.ts";

export type CliChoiceName = (typeof CLI_NAMES)[number];

export interface CliChoice {
  /** The CLI of this start. */
  readonly cli: CliChoiceName;
  /** The CLI that the command line or the environment names; undefined keeps the run's own. */
  readonly asked: CliChoiceName | undefined;
}

interface ChooseInput {
  readonly flag: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stored: RunState | undefined;
  /** `--replay`: the source of replayed answers. */
  readonly replay: string | undefined;
}

const DEFAULT_CLI: CliChoiceName = "claude";

/** `--cli`, else AGENT_CLI, else the run's stored CLI, else claude. @throws UsageError for an unknown name, and for --replay with a real CLI. */
export function chooseCli({ flag, environment, stored, replay }: ChooseInput): CliChoice {
  const asked = flag ?? (environment["AGENT_CLI"] || undefined);
  const cli = known(asked ?? stored?.cli ?? DEFAULT_CLI, flag === undefined ? "AGENT_CLI" : "--cli");
  if (replay !== undefined && cli !== "replay") {
    throw new UsageError(`--replay needs --cli replay; this start would ask ${cli}.`, {
      details: ["Add --cli replay, or omit --replay."],
    });
  }
  return { cli, asked: asked === undefined ? undefined : cli };
}

function known(name: string, where: string): CliChoiceName {
  const found = CLI_NAMES.find((cli) => cli === name);
  if (found !== undefined) return found;
  throw new UsageError(`${where} ${name}: no such backend.`, {
    details: [`Choose one of ${CLI_NAMES.join(", ")}.`],
  });
}
