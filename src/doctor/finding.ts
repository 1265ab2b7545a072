/** One line of the doctor. */
export interface Finding {
  readonly level: "ok" | "warning" | "error";
  readonly about: string;
  readonly says: string;
  /** The command or the change that mends it. */
  readonly mend?: string;
}
