/** One line of the doctor's output. */
export interface Finding {
  readonly level: "ok" | "warning" | "error";
  readonly about: string;
  readonly says: string;
  /** The command or the change that fixes it. */
  readonly mend?: string;
}
