import type { EventBody } from "../core/event.ts";
import { EXIT } from "../core/failure.ts";
import type { Graph } from "../graph/graph.ts";
import type { Requirement } from "../graph/requires-schema.ts";
import { isInRange, versionIn } from "../graph/version-range.ts";
import { commandVersion, findCommand } from "../process/command-version.ts";

export interface Preflight {
  readonly graph: Graph;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The agents' CLI and how to install it; undefined for a replay, which starts no process. */
  readonly cli: { readonly name: string; readonly install: string } | undefined;
}

/**
 * Checks the workflow's requirements before a run's first step. Returns a warning for each missing optional requirement
 * and one stop (exit 3) that names all other missing ones.
 */
export async function preflight({ graph, environment, cli }: Preflight): Promise<readonly EventBody[]> {
  const found = await Promise.all(
    graph.requires.map(async (requirement) => ({
      optional: requirement.optional === true,
      problem: await requirementProblem(requirement, environment),
    })),
  );
  const missing = [
    ...missingCli({ graph, environment, cli }),
    ...found.flatMap(({ optional, problem }) => (optional || problem === undefined ? [] : [problem])),
  ];
  const warnings = found.flatMap(({ optional, problem }): EventBody[] =>
    optional && problem !== undefined
      ? [{ type: "warning", code: "requirement_missing", message: `Optional and missing: ${problem}` }]
      : [],
  );
  if (missing.length === 0) return warnings;
  const why = `The environment is not ready. ${missing.join(" ")}`;
  return [...warnings, { type: "run.stopped", exit_code: EXIT.notReady, why }];
}

function missingCli({ graph, environment, cli }: Preflight): readonly string[] {
  if (cli === undefined || ![...graph.nodes.values()].some(({ type }) => type === "agent")) return [];
  if (findCommand(cli.name, environment) !== undefined) return [];
  return [
    `The command ${cli.name} is not on PATH: install it with \`${cli.install}\`, or choose another --cli.`,
  ];
}

/** What is wrong with one requirement and how to fix it; undefined when it is met. */
export async function requirementProblem(
  { cmd, version: range, env }: Requirement,
  environment: Preflight["environment"],
): Promise<string | undefined> {
  if (env !== undefined)
    return environment[env]
      ? undefined
      : `The variable ${env} is not set: export it, or pass it to the container.`;
  const name = cmd ?? "";
  const file = findCommand(name, environment);
  const wanted = range === undefined ? name : `${name} ${range}`;
  if (file === undefined) return `The command ${name} is not on PATH: install ${wanted}.`;
  if (range === undefined) return undefined;
  const version = versionIn(await commandVersion(file, environment));
  if (version === undefined) return `\`${name} --version\` prints no version: install ${wanted}.`;
  return isInRange(version, range) ? undefined : `${name} is ${version}, at ${file}: install ${wanted}.`;
}
