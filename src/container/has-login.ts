import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { Backend, Environment } from "../backends/backend.ts";
import { filesLike } from "./lent-files.ts";

/** True if a variable, a login file or a settings file lets the CLI log in. */
export const hasLogin = (backend: Backend, environment: Environment): boolean =>
  backend.loginVariables.some((variable) => environment[variable]) ||
  backend.loginFiles(environment).some(isFilled) ||
  isInSettings(backend, environment);

const isFilled = (file: string): boolean => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0;

function isInSettings(backend: Backend, environment: Environment): boolean {
  const { loginInSettings } = backend;
  if (loginInSettings === undefined) return false;
  return backend.settingsFiles(environment).some((pattern) => {
    const folder = path.dirname(pattern);
    return filesLike(path.basename(pattern), folder).some((name) =>
      loginInSettings.test(readFileSync(path.join(folder, name), "utf8")),
    );
  });
}
