import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { MIN_SECRET_LENGTH } from "./secret-spellings.ts";

export interface SecretSources {
  /** The environment that processes get. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Login files; missing and unreadable ones are passed over. */
  readonly files: readonly string[];
}

/** A word of a variable's or key's name that says that its value is secret. */
const SECRET_WORDS = new Set(
  "key apikey token secret secrets password passwd pwd passphrase credential credentials pat auth oauth authorization bearer cookie jwt".split(
    " ",
  ),
);
/** In variables these count tokens and list keys; in login files they hold them. */
const SECRET_KEY_WORDS = new Set([...SECRET_WORDS, "tokens", "keys"]);
/** Last words that say that the value only points to a secret, or describes one. */
const HARMLESS_LAST_WORDS = new Set(
  "file path dir name url uri host type mode sock socket helper ttl expiry".split(" "),
);
/** Keys of login files whose values are no secrets although they stand among them. */
const HARMLESS_KEYS = new Set(
  "scopes scope subscriptionType rateLimitTier auth_mode last_refresh expiresAt expires_at serverName serverUrl".split(
    " ",
  ),
);
/** Names that the words above do not cover. */
const SECRET_NAMES = new Set(["AWS_ACCESS_KEY_ID", "PGPASSWORD", "MYSQL_PWD", "SSHPASS", "RESTIC_PASSWORD"]);
const URL_WITH_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:([^/\s@]+)@/i;
/** A line of a key in PEM form. */
const KEY_LINE = /^[A-Za-z0-9+/=_-]{16,}$/;
/** Where claude keeps an API key that it made at login, in a file that is mostly settings and history. */
const CLAUDE_SETTINGS = ".claude.json";
const CLAUDE_API_KEY = /"primaryApiKey"\s*:\s*"([^"\\]+)"/;
/** One long word of letters and digits, as keys and tokens are and prose is not. */
const TOKEN_SHAPE = /^(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9_.~+=-][A-Za-z0-9_.~+/=-]{23,}$/;

/**
 * The values to keep out of everything that is stored: of variables whose names say so, passwords inside URLs, and
 * the secrets of the login files. They change with `loginVersion`, since logins rotate.
 */
export function collectSecrets({ environment, files }: SecretSources): readonly string[] {
  const values = [
    ...Object.entries(environment).flatMap(([name, value]) => secretsOfVariable(name, value ?? "")),
    ...files.flatMap(secretsOfFile),
  ];
  return [...new Set(values)].filter((value) => value.length >= MIN_SECRET_LENGTH);
}

/** The secrets of an environment and of the logins that the three CLIs find in it. */
export const secretsOf = (environment: SecretSources["environment"]): readonly string[] =>
  collectSecrets({ environment, files: loginFiles(environment) });

/** Changes when a login file is written anew: logins rotate in the middle of turns. */
export const loginVersion = (environment: SecretSources["environment"]): string =>
  loginFiles(environment).map(fileVersion).join(" ");

function fileVersion(path: string): string {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return "none";
    // A file that could not be read may be readable after a chmod. Its time may not tell: many kernels count in ticks of 4 ms.
    return [stat.ino, stat.size, stat.mtimeMs, stat.ctimeMs, stat.mode].join(":");
  } catch {
    return "none"; // not ours to look at
  }
}

/** Where the three CLIs keep their logins, in this environment. */
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
  if (value.startsWith("/") && existsSync(value)) return inUrl; // names the file that holds the secret
  return [...inUrl, value, value.trim(), ...partsOf(value)];
}

/** What programs print of a secret that holds several: the lines of a key, the secrets inside JSON. */
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
  if (!existsSync(path)) return []; // asked first: an error costs ten times as much, and most have one login
  try {
    const text = readFileSync(path, "utf8");
    if (path.endsWith(CLAUDE_SETTINGS)) return CLAUDE_API_KEY.exec(text)?.slice(1) ?? [];
    return secretsOfJson(withoutCommentLines(text));
  } catch {
    return []; // not ours to read
  }
}

function secretsOfJson(text: string): readonly string[] {
  try {
    return secretsIn(JSON.parse(text), false);
  } catch {
    return []; // no JSON, or being written at this moment: the next turn looks again
  }
}

/** copilot's login file begins with lines of comment. */
const withoutCommentLines = (text: string): string => text.replace(/^\s*\/\/.*$/gm, "");

/** Strings below a key that says so, and elsewhere those that look like a token. */
function secretsIn(value: unknown, underSecretKey: boolean): readonly string[] {
  if (typeof value === "string")
    return underSecretKey || TOKEN_SHAPE.test(value) ? [value, ...keyLines(value)] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    HARMLESS_KEYS.has(key) ? [] : secretsIn(item, underSecretKey || saysSecret(key, SECRET_KEY_WORDS)),
  );
}

/** `GITHUB_TOKEN`, `accessToken`, `copilot_tokens`; not `TOKEN_FILE`, `MAX_TOKENS` or `KEYBOARD`. */
function saysSecret(name: string, secretWords: ReadonlySet<string>): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  const last = words.at(-1) ?? "";
  return !HARMLESS_LAST_WORDS.has(last) && words.some((word) => secretWords.has(word));
}
