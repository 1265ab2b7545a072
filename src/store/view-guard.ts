import { StorageFailure } from "../core/ports.ts";

/** Writes one view; what goes wrong is told once per view name, and the run goes on without it. */
export type WriteView = (name: string, write: () => void) => void;

export interface ViewGuard {
  readonly writeView: WriteView;
  /** Whether the disk has refused a view; something else in the way of one does not count. */
  readonly wasRefused: () => boolean;
  /** Before everything is written anew. */
  readonly forgetRefusals: () => void;
}

export function createViewGuard(onProblem: (message: string, cause: unknown) => void): ViewGuard {
  const told = new Set<string>();
  let refused = false;
  const writeView: WriteView = (name, write) => {
    try {
      write();
    } catch (error) {
      refused ||= error instanceof StorageFailure;
      if (told.has(name)) return;
      told.add(name);
      onProblem(`Could not write ${name}: ${whyOf(error)} The journal has what it would show.`, error);
    }
  };
  return { writeView, wasRefused: () => refused, forgetRefusals: () => void (refused = false) };
}

/** Without the way out of a refusal, which is for a run that stops: this one goes on. */
function whyOf(error: unknown): string {
  if (error instanceof StorageFailure) return error.what;
  return `${error instanceof Error ? error.message : String(error)}.`;
}
