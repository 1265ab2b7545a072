/** Writes one view; what goes wrong is told once per view name, and the run goes on without it. */
export type AttemptView = (name: string, write: () => void) => void;

export function createAttempt(onProblem: (message: string, cause: unknown) => void): AttemptView {
  const told = new Set<string>();
  return (name, write) => {
    try {
      write();
    } catch (error) {
      if (told.has(name)) return;
      told.add(name);
      const why = error instanceof Error ? error.message : String(error);
      onProblem(`Could not write ${name}: ${why}. The journal has what it would show.`, error);
    }
  };
}
