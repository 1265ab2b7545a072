import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import type { Argument, Command, Option } from "commander";
import { buildProgram } from "../../src/cli/program.ts";
import { terminal } from "../../src/cli/terminal.ts";
import { code, table } from "./docs-markdown.ts";
import { CHECKOUT } from "./docs-pages.ts";

/** A section for every command, as the command line itself defines it. */
export const commandReference = (): string =>
  buildProgram(terminal, () => undefined)
    .commands.map(section)
    .join("\n\n");

/** What `./run.sh --help` prints. */
export async function launcherUsage(): Promise<string> {
  const { stdout } = await promisify(execFile)(path.join(CHECKOUT, "run.sh"), ["--help"]);
  return `\`\`\`text\n${stdout.trimEnd()}\n\`\`\``;
}

function section(command: Command): string {
  const { registeredArguments: args, options } = command;
  const usage = [
    "longhaul",
    command.name(),
    ...args.map(syntaxOf),
    ...(options.length > 0 ? ["[options]"] : []),
  ];
  const rows = [...args.map(argumentRow), ...options.map(optionRow)];
  return [
    `## \`${command.name()}\``,
    `${command.description()}.`.replace(/^./, (first) => first.toUpperCase()),
    `\`\`\`text\n${usage.join(" ")}\n\`\`\``,
    ...(rows.length > 0 ? [table(["argument or option", "meaning"], rows)] : []),
  ].join("\n\n");
}

const argumentRow = (argument: Argument): string[] => [code(syntaxOf(argument)), prose(argument.description)];

const optionRow = ({ flags, description, argChoices }: Option): string[] => [
  code(flags),
  argChoices === undefined ? prose(description) : `${prose(description)}: ${argChoices.map(code).join(", ")}`,
];

/** Escapes `<`, because a placeholder like `<workflow>` would be taken for HTML. */
const prose = (text: string): string => text.replaceAll("<", "&lt;");

const syntaxOf = (argument: Argument): string =>
  argument.required ? `<${argument.name()}>` : `[${argument.name()}]`;
