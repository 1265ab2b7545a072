import { readFile, realpath, stat } from "node:fs/promises";
import path from "node:path";

/** A prompt or script of a workflow, under its name in the workflow file. */
export interface WorkflowFile {
  readonly name: string;
  readonly content: Buffer;
  /** Whether any execute bit is set. Without one nobody, not even root, can start the file. */
  readonly isExecutable: boolean;
}

/** Why a file cannot be used, and how to fix it. */
export interface FileProblem {
  readonly message: string;
  readonly remedy: string;
}

/** Reads a whole file of at most `maxBytes` as UTF-8 and drops a byte order mark. */
export async function readTextFile(
  file: string,
  maxBytes: number,
): Promise<{ readonly text: string } | FileProblem> {
  const reading = await readBounded(file, maxBytes);
  return "message" in reading ? reading : decode(reading.content);
}

/** Decodes UTF-8; anything else is a problem. */
export function decode(content: Buffer): { readonly text: string } | FileProblem {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(content) };
  } catch {
    return { message: "the file is not UTF-8 text", remedy: "Save it as UTF-8." };
  }
}

interface FileInDirectory {
  readonly directory: string;
  readonly name: string;
  readonly maxBytes: number;
}

/** Reads a file of the workflow by its relative name. Refuses one outside the directory, also when a link leads there. */
export async function readWorkflowFile({
  directory,
  name,
  maxBytes,
}: FileInDirectory): Promise<WorkflowFile | FileProblem> {
  if (path.isAbsolute(name) || name.includes("\0") || escapes(path.normalize(name))) return OUTSIDE;
  const root = await realpath(directory);
  const real = await realpath(path.join(root, name)).catch(whyNot);
  if (typeof real !== "string") return real;
  if (escapes(path.relative(root, real))) return OUTSIDE;
  const reading = await readBounded(real, maxBytes);
  return "message" in reading ? reading : { name, ...reading };
}

const whyNot = (error: unknown): FileProblem =>
  isMissing(error)
    ? {
        message: "the file does not exist",
        remedy: "Create it, or correct the name; it is relative to the workflow directory.",
      }
    : unreadable(error);

/** Whether the path does not exist; a path that exists but cannot be read is not missing. */
export const isMissing = (error: unknown): boolean => ["ENOENT", "ENOTDIR"].includes(reasonOf(error));

const OUTSIDE: FileProblem = {
  message: "the file lies outside the workflow directory",
  remedy: "Move it inside and name it from there, such as prompts/plan.md.",
};

const escapes = (relative: string): boolean =>
  relative === ".." || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative);

async function readBounded(
  file: string,
  maxBytes: number,
): Promise<Omit<WorkflowFile, "name"> | FileProblem> {
  try {
    const found = await stat(file);
    if (!found.isFile()) return { message: "this is not a regular file", remedy: "Name a file." };
    if (found.size > maxBytes)
      return { message: `the file is larger than ${maxBytes / 1024} KiB`, remedy: "Make it smaller." };
    return { content: await readFile(file), isExecutable: (found.mode & ANY_EXECUTE_BIT) !== 0 };
  } catch (error) {
    return unreadable(error);
  }
}

const ANY_EXECUTE_BIT = 0o111;

const unreadable = (error: unknown): FileProblem => ({
  message: `the file cannot be read (${reasonOf(error)})`,
  remedy: "Check the file and its permissions.",
});

const reasonOf = (error: unknown): string =>
  error instanceof Error && "code" in error
    ? String(error.code)
    : error instanceof Error
      ? error.message
      : String(error);
