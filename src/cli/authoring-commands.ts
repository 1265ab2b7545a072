import type { CommandForm } from "./operator-commands.ts";

/** The commands for authors of workflows. */
export const AUTHORING_COMMANDS: readonly CommandForm[] = [
  {
    name: "init",
    description: "copy a workflow into ./<name> to start from",
    arguments: [["<name>", "name of the new workflow and its directory"]],
    options: [["--from <workflow>", "a shipped workflow or any workflow directory"]],
    run: async ({ args: [name = ""], flags, output }) => {
      const { initCommand } = await import("./init-command.ts");
      return initCommand(name, flags, output);
    },
  },
  {
    name: "chaos",
    description:
      "disturb a workflow at every step, on replayed answers, and show what its graph does; its scripts run for real, in " +
      "scratch workspaces; exit 1 if a promise was broken, 0 even if the graph fails or takes defaults",
    arguments: [["<workflow>", "workflow directory or file"]],
    options: [
      ["--replay <file>", "answers: a file or an earlier run's directory (default: <workflow>/replay.yaml)"],
      ["--params <json>", "values for the workflow's vars, as a JSON object"],
      ["--params-file <file>", "the same from a file"],
      ["--seed <number>", "the same seed gives the same cases (default: a random one, printed)"],
      ["--cases <count>", "upper bound of the cases, a sample of all steps (default: 200)"],
      ["--only <nodes>", "only these nodes, separated by commas"],
      ["--jobs <count>", "cases at the same time (default: the processors, at most 4)"],
      ["--keep-runs", "keep the runs, and say where they are"],
      ["--json", "print JSON"],
    ],
    run: async ({ args: [workflow = ""], flags, output }) => {
      const { chaosCommand } = await import("./chaos-command.ts");
      return chaosCommand(workflow, flags, output);
    },
  },
];
