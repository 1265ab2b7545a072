import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join, relative, resolve, sep } from "node:path";
import { EXIT, type ExitCode, UsageError } from "../core/failure.ts";
import { loadGraph } from "../graph/graph.ts";
import { calledAs } from "./called-as.ts";
import type { Terminal } from "./terminal.ts";

export interface InitFlags {
  readonly from?: string;
}

/** The checkout's workflows, seen from `dist/`, where this file is bundled. The container image has none. */
const SHIPPED = resolve(import.meta.dirname, "../workflows");
const WORKFLOW_FILE = "workflow.yaml";
const NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;
/** Without quotes, YAML does not read these as texts. */
const NOT_A_TEXT = /^(?:true|false|null)$/i;

/**
 * Copies a shipped workflow, or a workflow directory, into `./<name>`, sets its `name:` and prints the next commands. The
 * copy is renamed into place, so it is never incomplete.
 * @throws UsageError for an invalid or taken name, an unknown or invalid source, and a directory that cannot be written.
 */
export async function initCommand(name: string, { from }: InitFlags, terminal: Terminal): Promise<ExitCode> {
  if (!NAME.test(name)) {
    throw new UsageError(`${JSON.stringify(name)} cannot name a workflow.`, {
      details: ["A name is a letter followed by letters, digits, _ and -."],
    });
  }
  const target = resolve(name);
  if (existsSync(target)) {
    throw new UsageError(`${target} exists already.`, {
      details: ["Choose another name, or remove it first."],
    });
  }
  const source = findSource(from);
  refuseInside(source, target);
  await loadGraph(source);
  await copyAs({ name, source, target });
  sayNext({ name, source, terminal });
  return EXIT.terminal;
}

function findSource(from: string | undefined): string {
  if (from === undefined) {
    throw new UsageError("--from is missing: it names the workflow to copy.", {
      details: [shippedText()],
    });
  }
  for (const directory of [resolve(from), ...(NAME.test(from) ? [join(SHIPPED, from)] : [])]) {
    if (existsSync(join(directory, WORKFLOW_FILE))) return directory;
  }
  throw new UsageError(`There is no workflow ${from}.`, {
    details: [
      `Neither a directory with a ${WORKFLOW_FILE} nor a shipped workflow has this name.`,
      shippedText(),
    ],
  });
}

function shippedText(): string {
  if (!existsSync(SHIPPED)) {
    return "No workflows are shipped with this installation (the container image has none): use a checkout, or name a directory.";
  }
  const names = readdirSync(SHIPPED).filter((name) => existsSync(join(SHIPPED, name, WORKFLOW_FILE)));
  return `Shipped: ${names.toSorted().join(", ")}.`;
}

/** A directory cannot be copied into itself. */
function refuseInside(source: string, target: string): void {
  const path = relative(source, target);
  if (path === ".." || path.startsWith(`..${sep}`)) return;
  throw new UsageError(`${target} is inside ${source}, the directory to copy.`, {
    details: ["Go to another directory first."],
  });
}

interface Copy {
  readonly name: string;
  readonly source: string;
  readonly target: string;
}

async function copyAs({ name, source, target }: Copy): Promise<void> {
  let made: string | undefined;
  try {
    made = mkdtempSync(join(target, "..", ".longhaul-init-"));
    const directory = join(made, name);
    const runs = join(source, "runs");
    cpSync(source, directory, { recursive: true, verbatimSymlinks: true, filter: (path) => path !== runs });
    const file = join(directory, WORKFLOW_FILE);
    writeFileSync(file, withName(readFileSync(file, "utf8"), name));
    await requireName(directory, name);
    renameSync(directory, target);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${target} cannot be made.`, { details: [String(error)], cause: error });
  } finally {
    if (made !== undefined) rmSync(made, { recursive: true, force: true });
  }
}

/** Replaces the top-level `name`. A file without one takes the directory's name, which is the same. */
const withName = (text: string, name: string): string =>
  text.replace(/^name[ \t]*:.*$/m, () => `name: ${NOT_A_TEXT.test(name) ? JSON.stringify(name) : name}`);

/** @throws UsageError when `name` is written in a form that `withName` cannot replace. */
async function requireName(directory: string, name: string): Promise<void> {
  const graph = await loadGraph(directory).catch(() => undefined);
  if (graph?.name === name) return;
  throw new UsageError(`The name in ${WORKFLOW_FILE} cannot be set.`, {
    details: ["Write it as one line, `name: ...`, at the top level of the original, or leave it out."],
  });
}

function sayNext({
  name,
  source,
  terminal,
}: Pick<Copy, "name" | "source"> & { readonly terminal: Terminal }): void {
  const file = join(name, WORKFLOW_FILE);
  const replay = existsSync(join(source, "replay.yaml"));
  terminal.out(`Made ${name} from ${basename(source)}. Next:`);
  terminal.out(`  edit ${file} and ${join(name, "prompts")}`);
  terminal.out(`  ${calledAs()} validate ${name}`);
  if (replay)
    terminal.out(`  ${calledAs()} run ${name} --cli replay    (answers from ${join(name, "replay.yaml")})`);
  terminal.out(`  ${calledAs()} run ${name}`);
}
