import type { CommandForm } from "./operator-commands.ts";

const RUNS_DIR = ["--runs-dir <dir>", "where run directories live (default: $AGENT_RUNS_DIR)"] as const;

/** The commands that draw: a workflow, or a whole run as one page. */
export const PICTURE_COMMANDS: readonly CommandForm[] = [
  {
    name: "graph",
    description: "draw a workflow; with --run, also what that run did in it",
    arguments: [["<workflow>", "workflow directory or file"]],
    options: [
      ["--format <format>", "mermaid or svg (default: mermaid)"],
      ["--run <run>", "show visits, durations and the path of this run"],
      RUNS_DIR,
      ["--out <file>", "write to a file, not to stdout"],
    ],
    run: async ({ args: [workflow = ""], flags, output }) => {
      const { graphCommand } = await import("./graph-command.ts");
      return graphCommand(workflow, flags, output);
    },
  },
  {
    name: "report",
    description: "write a run as one HTML file that needs no network",
    arguments: [["<run>", "run directory, or a name in the runs directory"]],
    options: [
      RUNS_DIR,
      ["--out <file>", "where to write it, - for stdout (default: <run directory's name>.html)"],
    ],
    run: async ({ args: [run = ""], flags, output }) => {
      const { reportCommand } = await import("./report-command.ts");
      return reportCommand(run, flags, output);
    },
  },
];
