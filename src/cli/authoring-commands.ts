import type { CommandForm } from "./operator-commands.ts";

/** The commands for whoever writes a workflow. */
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
];
