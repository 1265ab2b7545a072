import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import type { Graph } from "../graph/graph.ts";
import { readYaml } from "../graph/read-yaml.ts";
import { type Wrapper, wrapperText } from "./script-wrapper.ts";

/** The directory of one case: a copy of the workflow, a runs directory and a workspace. */
export interface Scratch {
  readonly root: string;
  /** The workflow file of the copy. */
  readonly workflow: string;
  readonly runs: string;
  readonly workspace: string;
  readonly ledger: string;
  readonly paused: string;
  readonly recovered: string;
  /** The answers with the fault and without it. */
  readonly disturbedAnswers: string;
  readonly calmAnswers: string;
}

export interface ScratchRequest {
  readonly root: string;
  readonly graph: Graph;
  readonly script?: ScriptDisturbance;
}

/** The step of a script node to disturb, and how. */
export interface ScriptDisturbance extends NonNullable<Wrapper["disturb"]> {
  readonly node: string;
  /** Replaces the node's own timeout, for a script that hangs. */
  readonly timeoutMs: number | undefined;
}

const WRAPPERS = ".longhaul-chaos";

/** Copies the workflow with links and modes, replaces its scripts by wrappers, and removes the pauses of `retry`. */
export function makeScratch({ root, graph, script }: ScratchRequest): Scratch {
  const copy = join(root, "workflow", basename(graph.directory));
  const scratch: Scratch = {
    root,
    workflow: join(copy, basename(graph.file)),
    runs: join(root, "runs"),
    workspace: join(root, "workspace"),
    ledger: join(root, "ledger"),
    paused: join(root, "paused"),
    recovered: join(root, "recovered"),
    disturbedAnswers: join(root, "disturbed.yaml"),
    calmAnswers: join(root, "calm.yaml"),
  };
  mkdirSync(dirname(copy), { recursive: true });
  mkdirSync(scratch.workspace);
  const runs = join(graph.directory, "runs");
  cpSync(graph.directory, copy, { recursive: true, verbatimSymlinks: true, filter: (path) => path !== runs });
  mkdirSync(join(copy, WRAPPERS), { recursive: true });
  const wrap = (id: string, file: string) => {
    const { ledger, paused, recovered } = scratch;
    const disturb = script?.node === id ? { disturb: script } : {};
    writeFileSync(
      join(copy, WRAPPERS, `${id}.sh`),
      wrapperText({ script: join(copy, file), ledger, paused, recovered, ...disturb }),
    );
  };
  writeFileSync(scratch.workflow, rewritten(graph, { script, wrap }));
  return scratch;
}

interface Rewriting {
  readonly script: ScriptDisturbance | undefined;
  readonly wrap: (node: string, script: string) => void;
}

/** Writes the changed workflow as JSON, which is valid YAML. */
function rewritten({ file }: Graph, { script, wrap }: Rewriting): string {
  const reading = readYaml(readFileSync(file, "utf8"));
  const value = "file" in reading ? reading.file.value : undefined;
  const document = value as Json; // the same file has just passed all checks, so it is plain data
  if (!isJsonObject(document) || !Array.isArray(document["nodes"])) throw new Error(`${file} was changed.`);
  const nodes = document["nodes"].map((node: Json) => {
    if (!isJsonObject(node)) return node;
    const quick = withoutPauses(node);
    const { id, script: path } = node;
    if (node["type"] !== "script" || typeof id !== "string" || typeof path !== "string") return quick;
    wrap(id, path);
    const timeout =
      script?.node === id && script.timeoutMs !== undefined ? { timeout: `${script.timeoutMs}ms` } : {};
    return { ...quick, ...timeout, script: `${WRAPPERS}/${id}.sh` };
  });
  return `${JSON.stringify({ ...document, nodes }, null, 2)}\n`;
}

const withoutPauses = (node: JsonObject): JsonObject =>
  isJsonObject(node["retry"]) ? { ...node, retry: { ...node["retry"], backoff: "10ms" } } : node;
