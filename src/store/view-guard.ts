import { StorageFailure } from "../core/ports.ts";

/** Writes one view. Reports a failure once per view name, and the run goes on without the view. */
export type WriteView = (name: string, write: () => void) => void;

export interface ViewGuard {
  readonly writeView: WriteView;
  /** Whether the disk has refused a view. Any other obstacle does not count. */
  readonly wasRefused: () => boolean;
  /** Call it before all views are written again. */
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

/** Leaves out the way out of a refusal, which applies to a run that stops; this run goes on. */
function whyOf(error: unknown): string {
  if (error instanceof StorageFailure) return error.what;
  return `${error instanceof Error ? error.message : String(error)}.`;
}
