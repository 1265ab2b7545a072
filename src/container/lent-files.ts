import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import type { Backend, Environment } from "../backends/backend.ts";
import { BACKENDS } from "../backends/table.ts";

/** A file of the host that the container copies. In the last part of both paths `*` matches any characters. */
export interface LentFile {
  /** Path below the folder of lent files. */
  readonly lent: string;
  /** Path in the container. */
  readonly target: string;
}

export const lentLogins = (backend: Backend, environment: Environment): readonly LentFile[] =>
  lentFiles((place) => backend.loginFiles(place), environment);

/** Settings of all CLIs, and what claude needs to reach Bedrock. */
export const lentSettings = (environment: Environment): readonly LentFile[] => [
  ...Object.values(BACKENDS).flatMap((backend) =>
    lentFiles((place) => backend.settingsFiles(place), environment),
  ),
  ...lentFiles(awsFiles, environment),
];

const awsFiles = ({ HOME = "/" }: Environment): readonly string[] =>
  ["config", "credentials", "sso/cache/*.json"].map((name) => path.join(HOME, ".aws", name));

/** `~/.codex/auth.json` of the host is lent as `codex/auth.json`. */
function lentFiles(
  filesIn: (environment: Environment) => readonly string[],
  environment: Environment,
): readonly LentFile[] {
  const onHost = filesIn({ HOME: "/" }).map((file) => file.replace("/.", ""));
  const here = filesIn(environment);
  return onHost.flatMap((lent, index) => {
    const target = here[index];
    return target === undefined ? [] : [{ lent, target }];
  });
}

/** Returns the lent files that exist, each with its own target. */
export function matches({ lent, target }: LentFile, folder: string): readonly LentFile[] {
  const place = path.join(folder, path.dirname(lent));
  return filesLike(path.basename(lent), place).map((name) => ({
    lent: path.join(place, name),
    target: path.join(path.dirname(target), name),
  }));
}

/** Returns the names of the files in a folder that match a pattern. As in a shell, `*` does not match hidden files. */
export function filesLike(pattern: string, folder: string): readonly string[] {
  const [before = "", after] = pattern.split("*");
  const isFile = (name: string): boolean =>
    statSync(path.join(folder, name), { throwIfNoEntry: false })?.isFile() === true;
  if (after === undefined) return isFile(pattern) ? [pattern] : [];
  const names = statSync(folder, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(folder);
  return names.filter(
    (name) => !name.startsWith(".") && name.startsWith(before) && name.endsWith(after) && isFile(name),
  );
}
