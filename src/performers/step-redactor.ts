import { loginVersion, secretsOf } from "../process/collect-secrets.ts";
import { createRefreshingRedactor } from "../process/refreshing-redactor.ts";
import type { Redactor } from "../process/redact.ts";
import type { Environment } from "./step-environment.ts";

/** Enough for what a program can still repeat, and few enough to keep the search short in a run of weeks. */
const REMEMBERED = 200;

/**
 * Makes redactors that follow login rotation while a process runs, and remember the secrets of earlier steps, since a
 * later step may print a file of an earlier one. A resume begins without those, because they are written nowhere.
 * Reuses the last redactor while environment and logins are unchanged, because collecting secrets takes longer than a
 * short script.
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
