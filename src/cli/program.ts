import { Command, CommanderError, Option } from "commander";
import { EXIT, type ExitCode } from "../core/failure.ts";
import { VERSION } from "../core/version.ts";
import { AUTHORING_COMMANDS } from "./authoring-commands.ts";
import { type CommandForm, OPERATOR_COMMANDS } from "./operator-commands.ts";
import { PICTURE_COMMANDS } from "./picture-commands.ts";
import { reportError } from "./report-error.ts";
import type { RunFlags } from "./run-options.ts";
import { type Terminal, terminal as processTerminal } from "./terminal.ts";

/**
 * Parses the command line, runs the command and returns the exit code. Each command is loaded on demand, so that it does
 * not wait for the libraries of others.
 */
export async function main(args: readonly string[], terminal: Terminal = processTerminal): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.terminal;
  const program = buildProgram(terminal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    // commander has already printed its message. Help and version also arrive here, with exit code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.terminal : EXIT.usage;
    return reportError(error, terminal);
  }
}

/** Reads the flags of `run` without starting it. Undefined if `run` would refuse them. Prints nothing. */
export function readRunFlags(args: readonly string[]): RunFlags | undefined {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  addRun(program, processTerminal, () => undefined);
  const [run] = program.commands;
  try {
    return run?.parseOptions([...args]).unknown.length === 0 ? run.opts<RunFlags>() : undefined;
  } catch (error) {
    if (error instanceof CommanderError) return undefined;
    throw error;
  }
}

type Done = (code: ExitCode) => void;

/** Builds the command line. The command reference is generated from it too. */
export function buildProgram(output: Terminal, done: Done): Command {
  const program = new Command("longhaul")
    .description(
      "Runs a graph of coding-agent steps, written in one workflow.yaml, unattended for days or weeks.",
    )
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.out(text.replace(/\n$/, "")),
      writeErr: (text) => output.say(text.replace(/\n$/, "")),
    })
    .showSuggestionAfterError()
    .addHelpText("after", EXIT_CODE_HELP);
  addRun(program, output, done);
  addValidate(program, output, done);
  addSchema(program, output);
  const forms = [...OPERATOR_COMMANDS, ...PICTURE_COMMANDS, ...AUTHORING_COMMANDS];
  for (const form of forms) addCommand(program, form, { output, done });
  return program;
}

const EXIT_CODE_HELP = `
Exit codes of run:
  0 reached a terminal node    1 reached a fail node       2 bad usage, workflow or run directory
  3 environment not ready      4 another process holds it  5 stopped by a limit
  6 a step failed, resumable   8 terminal, with defaults   75 interrupted or waiting, resumable`;

function addRun(program: Command, output: Terminal, done: Done): void {
  program
    .command("run")
    .description("run a workflow; the same command resumes it")
    .argument("[workflow]", "workflow directory or file")
    .option("--run-id <id>", "name this run among the runs of the workflow (default: default)")
    .option("--runs-dir <dir>", "where run directories live (default: $AGENT_RUNS_DIR, else <workflow>/runs)")
    .option("--workspace <dir>", "where the agents work (default: outside any git tree)")
    .option("--params <json>", "values for the workflow's vars, as a JSON object")
    .option("--params-file <file>", "the same from a file")
    .addOption(
      new Option("--cli <name>", "agent command line (default: $AGENT_CLI, else claude)").choices([
        "claude",
        "codex",
        "copilot",
        "replay",
      ]),
    )
    .option("--replay <file>", "answers for --cli replay: a file or an earlier run's directory")
    .option("--fresh", "archive the run and start over")
    .option("--no-wait", "exit 75 at the first long wait instead of waiting")
    .option("--plan", "print what the command would keep and do, and do nothing")
    .option("--at <node>", "continue at a node, with the current context")
    .option("--from <node>", "go back to a node's newest visit and redo everything after it")
    .option("--redo <node>", "repeat one node, then continue where the run was")
    .option("--resume-run <run>", "resume the run in this directory, or the run of this name")
    .option("--resume-latest", "resume the run that was active last")
    .option("--repair", "cut a damaged journal back to its last good event")
    .option(
      "--limit <name=value>",
      "limit the run: cost_usd, tokens, wall_clock or steps; repeatable",
      collect,
    )
    .option("--json", "print events as NDJSON on stdout")
    .option("--quiet", "print nothing but errors")
    .action(async (workflow: string | undefined, flags: RunFlags) => {
      const { runCommand } = await import("./run-command.ts");
      done(await runCommand(workflow, flags, output));
    });
}

const collect = (value: string, earlier: readonly string[] = []): readonly string[] => [...earlier, value];

function addValidate(program: Command, output: Terminal, done: Done): void {
  program
    .command("validate")
    .description("check a workflow and print every problem with its place and what to do")
    .argument("<workflow>", "workflow directory or file")
    .option("--json", "print the problems as JSON")
    .action(async (workflow: string, flags: { json?: true }) => {
      const { validateCommand } = await import("./validate-command.ts");
      done(await validateCommand(workflow, flags, output));
    });
}

function addSchema(program: Command, output: Terminal): void {
  program
    .command("schema")
    .description("print the JSON Schema of workflow.yaml, for editors")
    .action(async () => {
      const { workflowJsonSchema } = await import("../graph/schema.ts");
      output.out(JSON.stringify(workflowJsonSchema(), null, 2));
    });
}

function addCommand(
  program: Command,
  form: CommandForm,
  { output, done }: { readonly output: Terminal; readonly done: Done },
): void {
  const command = program.command(form.name).description(form.description);
  for (const [syntax, help] of form.arguments) command.argument(syntax, help);
  for (const [flags, help] of form.options) command.option(flags, help);
  command.action(async (...given: (string | undefined)[]) => {
    const args = given.slice(0, form.arguments.length);
    done(await form.run({ args, flags: command.opts(), output }));
  });
}
