/** A position in a template; both numbers count from 1. */
export interface TemplatePosition {
  readonly line: number;
  readonly column: number;
}

/** A template that cannot be parsed or rendered. The message names the line; `problem` is the message without it. */
export class TemplateError extends Error {
  readonly problem: string;
  readonly line: number;
  readonly column: number;

  constructor(problem: string, { line, column }: TemplatePosition, cause?: unknown) {
    super(`line ${line}, column ${column}: ${problem}`, cause === undefined ? undefined : { cause });
    this.name = "TemplateError";
    this.problem = problem;
    this.line = line;
    this.column = column;
  }
}
