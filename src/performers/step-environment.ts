export type Environment = Readonly<Record<string, string>>;

/**
 * The environment of a step's process: what Longhaul was started with, and the workflow's own variables over it. The same
 * object for every step where the workflow has none, so that what was found out about it holds on.
 */
export function createStepEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
): (own: Environment) => Environment {
  // Copied once: to read the process' own environment costs far more than to read an object.
  const base: Environment = Object.fromEntries(
    Object.entries(inherited).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  return (own) => (Object.keys(own).length === 0 ? base : { ...base, ...own });
}
