import { loginVersion, secretsOf } from "../process/collect-secrets.ts";
import { createRefreshingRedactor } from "../process/refreshing-redactor.ts";
import type { Redactor } from "../process/redact.ts";
import type { Environment } from "./step-environment.ts";

/** Enough for what a program can still repeat, few enough that a run of weeks does not look for ever more. */
const REMEMBERED = 200;

/**
 * Redactors that keep up with logins that rotate while a process runs, and that remember what was secret in earlier steps: a
 * file of one may be printed by the next. A resume begins without them, since they are written nowhere: what a template made
 * of outputs stands in the journal anyway, and what the environment held before cannot be known.
 * The last one is used again while neither the environment nor the logins have changed: to collect the secrets takes longer
 * than a short script.
 */
export function createStepRedactor(): (environment: Environment) => Redactor {
  let last: { environment: Environment; logins: string; redactor: Redactor } | undefined;
  let known: readonly string[] = [];
  const collect = (environment: Environment) => {
    const now = secretsOf(environment);
    known = [...known.filter((secret) => !now.includes(secret)), ...now].slice(-REMEMBERED);
    return known;
  };
  return (environment) => {
    const version = () => loginVersion(environment);
    const logins = version();
    if (last?.environment === environment && last.logins === logins) return last.redactor;
    const redactor = createRefreshingRedactor({ collect: () => collect(environment), version });
    last = { environment, logins, redactor };
    return redactor;
  };
}
