import path from "node:path";
import { interpreterOf } from "../core/interpreters.ts";
import type { Place, ReadWorkflow, Report } from "./read-workflow.ts";
import { MAX_FILE_BYTES } from "./read-yaml.ts";
import type { AgentNode, ScriptNode } from "./schema.ts";
import { decode, readWorkflowFile, type WorkflowFile } from "./workflow-files.ts";

/** A prompt file's text. */
export interface Prompt {
  /** The name in the workflow file. */
  readonly name: string;
  /** Its path, for messages about its text. */
  readonly file: string;
  readonly text: string;
}

const MAX_SCRIPT_BYTES = 16 * 1024 * 1024;

/** Checks that prompts and scripts exist inside the workflow directory. Returns prompts by node id, and each file once. */
export async function checkFiles(
  workflow: ReadWorkflow,
  directory: string,
  report: Report,
): Promise<{ prompts: Map<string, Prompt>; files: WorkflowFile[] }> {
  const prompts = new Map<string, Prompt>();
  const files = new Map<string, WorkflowFile>();
  for (const { node, path: nodePath } of workflow.nodes) {
    if (node.type !== "agent" && node.type !== "script") continue;
    checkDirectories(node, { path: nodePath, node: node.id }, report);
    const isPrompt = node.type === "agent";
    const name = isPrompt ? node.prompt : node.script;
    const place = { path: [...nodePath, isPrompt ? "prompt" : "script"], node: node.id };
    const file =
      files.get(name) ??
      (await readWorkflowFile({ directory, name, maxBytes: isPrompt ? MAX_FILE_BYTES : MAX_SCRIPT_BYTES }));
    if ("message" in file) {
      report.error(place, `${name}: ${file.message}`, file.remedy);
      continue;
    }
    files.set(name, file);
    if (!isPrompt) {
      if (!file.isExecutable && interpreterOf(name) === undefined)
        report.error(place, `${name}: the file is not executable`, EXECUTABLE);
      continue;
    }
    const decoded = decode(file.content);
    if ("message" in decoded) report.error(place, `${name}: ${decoded.message}`, decoded.remedy);
    else
      prompts.set(node.id, { name, file: path.join(path.dirname(workflow.file), name), text: decoded.text });
  }
  return { prompts, files: [...files.values()] };
}

const EXECUTABLE = "Run chmod +x on it, or give it the ending of its interpreter (.sh, .py, .js).";

/** A relative directory would depend on Longhaul's working directory. */
function checkDirectories(node: AgentNode | ScriptNode, place: Place, report: Report): void {
  const check = (text: string, inner: readonly (string | number)[]) => {
    if (text.startsWith("/") || text.trimStart().startsWith("{{")) return;
    const remedy = `Write \`"{{ workspace }}/${text.replace(/^\.\//, "")}"\`.`;
    report.error(
      { ...place, path: [...place.path, ...inner] },
      `the directory ${JSON.stringify(text)} is relative`,
      remedy,
    );
  };
  if (node.cwd !== undefined) check(node.cwd, ["cwd"]);
  if (node.type !== "agent") return;
  for (const [index, directory] of (node.add_dirs ?? []).entries()) check(directory, ["add_dirs", index]);
}
