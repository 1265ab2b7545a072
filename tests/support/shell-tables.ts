import type { Option } from "commander";
import { BACKENDS } from "../../src/backends/table.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { terminal } from "../../src/cli/terminal.ts";
import { lentLogins, lentSettings } from "../../src/container/lent-files.ts";

/** The command line as defined in the code. */
export const COMMANDS = buildProgram(terminal, () => undefined).commands;

const OPTIONS = COMMANDS.flatMap(({ options }) => options);
const spellings = ({ short, long }: Option): readonly string[] => [short ?? [], long ?? []].flat();
export const FLAGS: ReadonlySet<string> = new Set(OPTIONS.flatMap(spellings));
export const FLAGS_WITH_VALUE = flagsOf((option) => option.required || option.optional);
export const FLAGS_WITHOUT_VALUE = flagsOf((option) => !option.required && !option.optional);

/** Its file is written on the host, so the container never sees the name. */
const WRITTEN = "--out";

/** `src/launcher/tables.sh`: what run.sh must know of the code on a host without Node. */
export const launcherTables = (): string =>
  [
    "# shellcheck shell=bash",
    "# What run.sh must know of Longhaul's command line and its logins, on a host that may have no Node.",
    "# `npm run docs` writes this file from the code; a test fails while it is stale.",
    "",
    test("is_longhaul_command", "word", [...COMMANDS.map((command) => command.name()), "help"]),
    test("takes_a_value", "flag", FLAGS_WITH_VALUE),
    test("takes_a_file", "flag whose value is a file to read", flagsOf(readsFile)),
    test("names_a_workflow", "command-number of an argument that is no flag", workflowArguments()),
    "# The login of each command line below its folder in HOME, which is called so with a dot before it.",
    "# shellcheck disable=SC2034 # read by doctor.sh",
    `readonly LOGIN_FILES='${logins().join(" ")}'`,
    "",
  ].join("\n");

/** `src/container/lent-files`: what the entrypoint copies for the runner's user, as patterns below `/mnt/host`. */
export const lentPatterns = (): string =>
  [
    ...logins(),
    ...lentSettings({}).map(({ lent }) => lent),
    "files/*", // flags that take a file
    "",
  ].join("\n");

const logins = (): readonly string[] =>
  Object.values(BACKENDS).flatMap((backend) => lentLogins(backend, {}).map(({ lent }) => lent));

function flagsOf(isWanted: (option: Option) => boolean): readonly string[] {
  return [...new Set(OPTIONS.filter(isWanted).flatMap(spellings))];
}

const readsFile = ({ flags, long }: Option): boolean => flags.endsWith("<file>") && long !== WRITTEN;

/** Leaves out `run`, because run.sh finds its workflow itself. */
const workflowArguments = (): readonly string[] =>
  COMMANDS.filter((command) => command.name() !== "run").flatMap((command) =>
    command.registeredArguments.flatMap((argument, index) =>
      argument.name() === "workflow" ? [`${command.name()}-${index + 1}`] : [],
    ),
  );

/** A shell function that tests whether its first argument is one of the words. */
const test = (name: string, what: string, words: readonly string[]): string =>
  [
    `${name}() { # ${what}`,
    "  case $1 in",
    ...inLines(words).map((line) => `    ${line}) return 0 ;;`),
    "  esac",
    "  return 1",
    "}",
    "",
  ].join("\n");

const MAX_WIDTH = 100;

/** The words as case patterns with few arms. */
function inLines(words: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (const word of words) {
    const longer = [lines.at(-1) ?? [], word].flat().join(" | ");
    if (lines.length === 0 || longer.length > MAX_WIDTH) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}
