import type { Backend, CliName } from "./backend.ts";
import { claude } from "./claude/backend.ts";
import { codex } from "./codex/backend.ts";
import { copilot } from "./copilot/backend.ts";

/** Every agent command line that Longhaul can drive. `replay` has no process and is not among them. */
export const BACKENDS: Readonly<Record<CliName, Backend>> = { claude, codex, copilot };

/** The values of `--cli`. */
export const CLI_NAMES = ["claude", "codex", "copilot", "replay"] as const;

export const backendNamed = (name: string): Backend | undefined =>
  Object.values(BACKENDS).find((backend) => backend.name === name);
