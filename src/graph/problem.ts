/** An error or a warning about a workflow. Lines and columns count from 1. */
export interface Problem {
  readonly severity: "error" | "warning";
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Id of the node it is about. */
  readonly node?: string;
  /** What is wrong: a clause that begins with a lower-case letter or a quoted name, without a full stop. */
  readonly message: string;
  /** How to fix it: a sentence. */
  readonly remedy: string;
}

/** `file:line:col: [node] message. remedy`, in one line. */
export function formatProblem({ severity, file, line, column, node, message, remedy }: Problem): string {
  const where = `${file}:${line}:${column}:`;
  const about = `${severity === "warning" ? "warning: " : ""}${node === undefined ? "" : `[${node}] `}`;
  return `${where} ${about}${message}. ${remedy}`;
}

/** Sorts errors and warnings together by their place, so that a person reads a file from top to bottom. */
export const inOrder = (problems: readonly Problem[]): Problem[] =>
  [...problems].sort(
    (left, right) =>
      left.file.localeCompare(right.file) || left.line - right.line || left.column - right.column,
  );
