import type { ExitCode } from "../core/failure.ts";
import type { Terminal } from "./terminal.ts";

/** A command of the command line. `run` gets its arguments, in order, and its flags. */
export interface CommandForm {
  readonly name: string;
  readonly description: string;
  /** Name in the syntax of the help (`<required>`, `[optional]`), and its description. */
  readonly arguments: readonly (readonly [syntax: string, help: string])[];
  readonly options: readonly (readonly [flags: string, help: string])[];
  /** `flags` has the types that `options` describe, which the compiler cannot check. */
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

/** The commands about existing runs: inspect, stop and remove them. */
export const OPERATOR_COMMANDS: readonly CommandForm[] = [
  {
    name: "doctor",
    description: "check what runs need: programs, logins, disk, memory; exit 3 if something must be fixed",
    arguments: [["[workflow]", "also check what this workflow requires"]],
    options: [
      ["--cli <name>", "the agent command line for the workflow"],
      ["--json", "print JSON"],
    ],
    run: async ({ args: [workflow], flags, output }) => {
      const { doctorCommand } = await import("./doctor-command.ts");
      return doctorCommand(workflow, flags, output);
    },
  },
  {
    name: "status",
    description: "show all runs: state, step, current wait, cost",
    arguments: [["[workflow]", "only the runs of this workflow"]],
    options: [...ABOUT_RUNS, ["--watch", "repeat every two seconds"]],
    run: async ({ args: [workflow], flags, output }) => {
      const { statusCommand } = await import("./status-command.ts");
      return statusCommand(workflow, flags, output);
    },
  },
  {
    name: "show",
    description: "show the steps of a run with attempts, waits, cost and provenance, or one step",
    arguments: [RUN, STEP],
    options: [...ABOUT_RUNS, ["--all", "all steps, not only the last 50"]],
    run: async ({ args: [run = "", step], flags, output }) => {
      const { showCommand } = await import("./show-command.ts");
      return showCommand({ run, step }, flags, output);
    },
  },
  {
    name: "logs",
    description: "print what happened in a run, or the output of one step's processes",
    arguments: [RUN, STEP],
    options: [...ABOUT_RUNS, ["-f, --follow", "continue until the run ends"]],
    run: async ({ args: [run = "", step], flags, output }) => {
      const { logsCommand } = await import("./logs-command.ts");
      return logsCommand({ run, step }, flags, output);
    },
  },
  {
    name: "stop",
    description: "stop a run cleanly and keep it stopped until a person starts it again",
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
      ["--older-than <time>", "runs in which nothing happened for that long: 30d, 12h"],
      ["--keep <count>", "keep this many of the newest runs"],
      ["--max-size <size>", "the oldest runs, until the others fit: 10GB, 500MB"],
      ["--unfinished", "also runs that could still be resumed; never a running one"],
      ["--yes", "remove without asking; otherwise ask on a terminal, else remove nothing"],
    ],
    run: async ({ flags, output }) => {
      const { cleanCommand } = await import("./clean-command.ts");
      return cleanCommand(flags, output);
    },
  },
  {
    name: "classify",
    description: "explain how Longhaul judges a recorded event stream of an agent command line",
    arguments: [["[file]", "events.jsonl or the attempt's folder (default: stdin)"]],
    options: [
      ["--cli <name>", "the CLI of the stream: claude, codex or copilot"],
      ["--stderr <file>", "its stderr output (default: stderr.log beside the stream)"],
      [
        "--exit-code <code>",
        "exit code of its process (default: from result.json beside the stream, else 0)",
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
