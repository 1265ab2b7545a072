import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Backend, Environment } from "../backends/backend.ts";
import { BACKENDS } from "../backends/table.ts";
import { systemFiles } from "../store/files.ts";
import { copyIntoPlace } from "./copy-into-place.ts";
import { lentLogins, type LentFile, matches } from "./lent-files.ts";

export interface Seeding {
  /** HOME is the volume for logins. */
  readonly environment: Environment;
  /** The entrypoint's copies of the host's files. */
  readonly lent: string;
  readonly say: (text: string) => void;
}

/**
 * Copies the host's login of each CLI into the volume, once. Afterwards the CLI renews the volume's copy. The host's login is
 * copied again only if it has changed since and is the newer of the two.
 */
export function seedLogins(seeding: Seeding): void {
  for (const backend of Object.values(BACKENDS))
    for (const file of lentLogins(backend, seeding.environment)) {
      systemFiles.makeDirectory(path.dirname(file.target)); // a CLI expects the folder of its login
      for (const login of matches(file, seeding.lent)) seedLogin(seeding, backend, login);
    }
}

function seedLogin({ environment, say }: Seeding, { name, loginVariables }: Backend, login: LentFile): void {
  const variable = loginVariables.find((variableName) => environment[variableName]);
  if (variable !== undefined) return say(`${name}: ${variable} is set and wins over the host's login`);
  const seen = path.join(environment["HOME"] ?? "/", ".longhaul/seeded", name);
  const hash = sha256Of(login.lent);
  const decision = decide({ ...look(login), hash, seen: firstWord(seen) });
  if (decision === "unchanged") return;
  if (decision === "take" || decision === "take newer") copyIntoPlace(login.lent, login.target);
  const message = MESSAGES[decision](path.relative(environment["HOME"] ?? "/", login.target));
  if (message !== undefined) say(`${name}: ${message}`);
  systemFiles.makeDirectory(path.dirname(seen));
  writeFileSync(seen, `${hash}\n`);
}

interface Comparison {
  /** SHA-256 of the host's login. */
  readonly hash: string;
  /** SHA-256 of the host's login at the last start. */
  readonly seen: string | undefined;
  /** SHA-256 of the volume's login, if any. */
  readonly own: string | undefined;
  readonly isHostNewer: boolean;
}

type Decision = "take" | "unchanged" | "same" | "take newer" | "keep";

function decide({ hash, seen, own, isHostNewer }: Comparison): Decision {
  if (own === undefined) return "take";
  if (hash === seen) return "unchanged";
  if (hash === own) return "same";
  return isHostNewer ? "take newer" : "keep";
}

const MESSAGES: Readonly<Record<Exclude<Decision, "unchanged">, (target: string) => string | undefined>> = {
  take: () => "login copied from the host",
  same: () => undefined,
  "take newer": () => "the host's login changed and is newer than the one in the volume: taken",
  keep: (target) =>
    "the host's login changed, but the volume holds a newer one: kept. " +
    `To take the host's: log in again there, or remove ~/${target} in the container.`,
};

function look({ lent, target }: LentFile): Pick<Comparison, "own" | "isHostNewer"> {
  if (!existsSync(target)) return { own: undefined, isHostNewer: true };
  return { own: sha256Of(target), isHostNewer: statSync(lent).mtimeMs > statSync(target).mtimeMs };
}

const sha256Of = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");

/** Reads the hash; earlier versions wrote it in the format of `sha256sum`. */
const firstWord = (file: string): string | undefined =>
  existsSync(file) ? readFileSync(file, "utf8").split(/\s/, 1)[0] : undefined;
