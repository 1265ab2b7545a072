import type { ExitCode } from "../core/failure.ts";
import type { Terminal } from "./terminal.ts";

/** A command as the command line offers it; `run` gets its arguments in their order and its flags. */
export interface CommandForm {
  readonly name: string;
  readonly description: string;
  /** Name in the syntax of the help (`<must>`, `[may]`) and what it is. */
  readonly arguments: readonly (readonly [syntax: string, help: string])[];
  readonly options: readonly (readonly [flags: string, help: string])[];
  /** Flags are what `options` says; the parser cannot tell the compiler. */
  readonly run: (call: Call) => Promise<ExitCode>;
}

interface Call {
  readonly args: readonly (string | undefined)[];
  readonly flags: object;
  readonly output: Terminal;
}

const RUN = ["<run>", "run directory, or a name in the runs directory"] as const;
const STEP = ["[step]", "number of a step, or id of a node (its newest visit)"] as const;
const ABOUT_RUNS = [
  ["--runs-dir <dir>", "where run directories live (default: $AGENT_RUNS_DIR)"],
  ["--json", "print JSON"],
] as const;

/** The commands about runs that exist: look at them, stop them, clean up after them. */
export const OPERATOR_COMMANDS: readonly CommandForm[] = [
  {
    name: "doctor",
    description: "check what runs need: programs, logins, disk, memory; exit 3 when something must be mended",
    arguments: [["[workflow]", "also check what this workflow requires"]],
    options: [
      ["--cli <name>", "the agent command line that the workflow is to use"],
      ["--json", "print JSON"],
    ],
    run: async ({ args: [workflow], flags, output }) => {
      const { doctorCommand } = await import("./doctor-command.ts");
      return doctorCommand(workflow, flags, output);
    },
  },
  {
    name: "status",
    description: "show all runs: state, step, what they wait for, cost",
    arguments: [["[workflow]", "only the runs of this workflow"]],
    options: [...ABOUT_RUNS, ["--watch", "show them again and again"]],
    run: async ({ args: [workflow], flags, output }) => {
      const { statusCommand } = await import("./status-command.ts");
      return statusCommand(workflow, flags, output);
    },
  },
  {
    name: "show",
    description: "show the steps of a run with attempts, waits, cost and provenance, or one step",
    arguments: [RUN, STEP],
    options: [...ABOUT_RUNS, ["--all", "all steps, not the last 50"]],
    run: async ({ args: [run = "", step], flags, output }) => {
      const { showCommand } = await import("./show-command.ts");
      return showCommand({ run, step }, flags, output);
    },
  },
  {
    name: "logs",
    description: "print what happened in a run, or what one step's processes printed",
    arguments: [RUN, STEP],
    options: [...ABOUT_RUNS, ["-f, --follow", "go on until the run ends"]],
    run: async ({ args: [run = "", step], flags, output }) => {
      const { logsCommand } = await import("./logs-command.ts");
      return logsCommand({ run, step }, flags, output);
    },
  },
  {
    name: "stop",
    description: "stop a run in order and keep it stopped until a person starts it again",
    arguments: [RUN],
    options: ABOUT_RUNS,
    run: async ({ args: [run = ""], flags, output }) => {
      const { stopCommand } = await import("./stop-command.ts");
      return stopCommand(run, flags, output);
    },
  },
  {
    name: "clean",
    description: "remove finished runs with their archives, workspaces and CLI sessions",
    arguments: [],
    options: [
      ...ABOUT_RUNS,
      ["--older-than <time>", "runs in which nothing happened for so long: 30d, 12h"],
      ["--keep <count>", "never the newest so many"],
      ["--max-size <size>", "the oldest, until all runs fit: 10GB, 500MB"],
      ["--unfinished", "also runs that could still go on; never a running one"],
      ["--yes", "remove without asking; without it only a terminal is asked"],
    ],
    run: async ({ flags, output }) => {
      const { cleanCommand } = await import("./clean-command.ts");
      return cleanCommand(flags, output);
    },
  },
  {
    name: "classify",
    description: "say how a recorded event stream of an agent command line is judged, and why",
    arguments: [["[file]", "events.jsonl or the attempt's folder (default: stdin)"]],
    options: [
      ["--cli <name>", "whose stream it is: claude, codex or copilot"],
      ["--stderr <file>", "what it printed on stderr (default: stderr.log beside the stream)"],
      [
        "--exit-code <code>",
        "what its process exited with (default: as result.json beside the stream says, else 0)",
      ],
      ["--signal <name>", "the signal that ended its process, such as SIGKILL"],
      ["--stopped-by <reason>", "why Longhaul stopped it: abort, first-event, silence, turn-clock or grace"],
      ["--json", "print JSON"],
    ],
    run: async ({ args: [file], flags, output }) => {
      const { classifyCommand } = await import("./classify-command.ts");
      return classifyCommand(file, flags, output);
    },
  },
];
