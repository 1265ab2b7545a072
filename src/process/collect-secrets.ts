import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { MIN_SECRET_LENGTH } from "./secret-spellings.ts";

export interface SecretSources {
  /** The environment that processes receive. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Login files; skips missing and unreadable ones. */
  readonly files: readonly string[];
}

/** Words that mark the value as secret when they appear in the name of a variable or key. */
const SECRET_WORDS = new Set(
  "key apikey token secret secrets password passwd pwd passphrase credential credentials pat auth oauth authorization bearer cookie jwt".split(
    " ",
  ),
);
/** In variables, these words name counts of tokens and lists of keys; in login files, the secrets themselves. */
const SECRET_KEY_WORDS = new Set([...SECRET_WORDS, "tokens", "keys"]);
/** A name that ends with one of these words holds a reference to a secret, or describes one. */
const HARMLESS_LAST_WORDS = new Set(
  "file path dir name url uri host type mode sock socket helper ttl expiry".split(" "),
);
/** Keys of login files whose values are not secret, although they lie among secrets. */
const HARMLESS_KEYS = new Set(
  "scopes scope subscriptionType rateLimitTier auth_mode last_refresh expiresAt expires_at serverName serverUrl".split(
    " ",
  ),
);
/** Names that the words above do not cover. */
const SECRET_NAMES = new Set(["AWS_ACCESS_KEY_ID", "PGPASSWORD", "MYSQL_PWD", "SSHPASS", "RESTIC_PASSWORD"]);
const URL_WITH_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:([^/\s@]+)@/i;
/** A line of a PEM key. */
const KEY_LINE = /^[A-Za-z0-9+/=_-]{16,}$/;
/** claude keeps the API key that it created at login here, among settings and history. */
const CLAUDE_SETTINGS = ".claude.json";
const CLAUDE_API_KEY = /"primaryApiKey"\s*:\s*"([^"\\]+)"/;
/** One long word of letters and digits: keys and tokens look like this, prose does not. */
const TOKEN_SHAPE = /^(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9_.~+=-][A-Za-z0-9_.~+/=-]{23,}$/;

/**
 * The values to keep out of everything that is stored: variables with a secret's name, passwords inside URLs, and the
 * secrets in the login files. Logins rotate; when `loginVersion` changes, collect the secrets again.
 */
export function collectSecrets({ environment, files }: SecretSources): readonly string[] {
  const values = [
    ...Object.entries(environment).flatMap(([name, value]) => secretsOfVariable(name, value ?? "")),
    ...files.flatMap(secretsOfFile),
  ];
  return [...new Set(values)].filter((value) => value.length >= MIN_SECRET_LENGTH);
}

/** The secrets of an environment and of the logins that the three CLIs find through it. */
export const secretsOf = (environment: SecretSources["environment"]): readonly string[] =>
  collectSecrets({ environment, files: loginFiles(environment) });

/** Changes when a login file is rewritten, because logins rotate in the middle of turns. */
export const loginVersion = (environment: SecretSources["environment"]): string =>
  loginFiles(environment).map(fileVersion).join(" ");

function fileVersion(path: string): string {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return "none";
    // The mode counts because a chmod may make a file readable. The times are not enough: many kernels count in 4 ms ticks.
    return [stat.ino, stat.size, stat.mtimeMs, stat.ctimeMs, stat.mode].join(":");
  } catch {
    return "none"; // not accessible, so not ours
  }
}

/** The login files of the three CLIs in this environment. */
export function loginFiles(environment: SecretSources["environment"]): readonly string[] {
  const home = environment.HOME ?? "";
  const claude = environment.CLAUDE_CONFIG_DIR ?? join(home, ".claude");
  const codex = environment.CODEX_HOME ?? join(home, ".codex");
  const copilot = environment.COPILOT_HOME ?? join(home, ".copilot");
  return [
    join(claude, ".credentials.json"),
    join(environment.CLAUDE_CONFIG_DIR ?? home, CLAUDE_SETTINGS),
    join(codex, "auth.json"),
    join(copilot, "config.json"),
  ];
}

function secretsOfVariable(name: string, value: string): readonly string[] {
  const password = URL_WITH_PASSWORD.exec(value)?.[1];
  const inUrl = password === undefined ? [] : [password, decoded(password)];
  if (!SECRET_NAMES.has(name) && !saysSecret(name, SECRET_WORDS)) return inUrl;
  if (value.startsWith("/") && existsSync(value)) return inUrl; // the path of a file that holds the secret
  return [...inUrl, value, value.trim(), ...partsOf(value)];
}

/** The parts of a secret that programs print separately: the lines of a key, the secrets inside JSON. */
function partsOf(value: string): readonly string[] {
  if (value.trimStart().startsWith("{")) return secretsOfJson(value);
  return keyLines(value);
}

const keyLines = (value: string): readonly string[] =>
  value.includes("\n") ? value.split(/\r?\n/).filter((line) => KEY_LINE.test(line)) : [];

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function secretsOfFile(path: string): readonly string[] {
  if (!existsSync(path)) return []; // checked first: an error costs ten times as much, and most machines have one login
  try {
    const text = readFileSync(path, "utf8");
    if (path.endsWith(CLAUDE_SETTINGS)) return CLAUDE_API_KEY.exec(text)?.slice(1) ?? [];
    return secretsOfJson(withoutCommentLines(text));
  } catch {
    return []; // not readable, so not ours
  }
}

function secretsOfJson(text: string): readonly string[] {
  try {
    return secretsIn(JSON.parse(text), false);
  } catch {
    return []; // no JSON, or half written right now: the next turn reads it again
  }
}

/** copilot's login file begins with comment lines. */
const withoutCommentLines = (text: string): string => text.replace(/^\s*\/\/.*$/gm, "");

/** All strings below a key with a secret's name, and elsewhere those that look like a token. */
function secretsIn(value: unknown, underSecretKey: boolean): readonly string[] {
  if (typeof value === "string")
    return underSecretKey || TOKEN_SHAPE.test(value) ? [value, ...keyLines(value)] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    HARMLESS_KEYS.has(key) ? [] : secretsIn(item, underSecretKey || saysSecret(key, SECRET_KEY_WORDS)),
  );
}

/** True for `GITHUB_TOKEN`, `accessToken`, `copilot_tokens`; false for `TOKEN_FILE`, `MAX_TOKENS`, `KEYBOARD`. */
function saysSecret(name: string, secretWords: ReadonlySet<string>): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  const last = words.at(-1) ?? "";
  return !HARMLESS_LAST_WORDS.has(last) && words.some((word) => secretWords.has(word));
}
