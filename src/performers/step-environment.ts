export type Environment = Readonly<Record<string, string>>;

/**
 * The environment of a step's process: Longhaul's own, overlaid with the workflow's variables. Without such variables
 * every step gets the same object, so that caches keyed by it stay valid.
 */
export function createStepEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
): (own: Environment) => Environment {
  // Copied once, because reading the process' own environment costs far more than reading an object.
  const base: Environment = Object.fromEntries(
    Object.entries(inherited).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  return (own) => (Object.keys(own).length === 0 ? base : { ...base, ...own });
}
