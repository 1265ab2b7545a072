import { loginVersion, secretsOf } from "../process/collect-secrets.ts";
import { createFollowingRedactor } from "../process/following-redactor.ts";
import type { Redactor } from "../process/redact.ts";
import type { Environment } from "./step-environment.ts";

/**
 * Redactors that keep up with logins that rotate while a process runs. The last one is used again while neither the
 * environment nor the logins have changed: to collect the secrets takes longer than a short script.
 */
export function createStepRedactor(): (environment: Environment) => Redactor {
  let last: { environment: Environment; logins: string; redactor: Redactor } | undefined;
  return (environment) => {
    const version = () => loginVersion(environment);
    const logins = version();
    if (last?.environment === environment && last.logins === logins) return last.redactor;
    const redactor = createFollowingRedactor({ collect: () => secretsOf(environment), version });
    last = { environment, logins, redactor };
    return redactor;
  };
}
