/** Made-up secrets for tests, every way to write one, and a search that finds them in every spelling. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const JWT_PART = "eyJjYW5hcnkiOiJKV1QtNzE5MyIsInN1YiI6InVzZXItMDAwMSJ9";
const KEY_LINES = [
  "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCanary01",
  "q8Zl3mP0vT7yKxWnR5sJ2hUeBdF6gLcA9iNoMtQwEzXpYrVkHjSuDfGa02",
];

/** One of each kind that Longhaul promises to hide. */
const CANARIES = {
  variable: "sk-canary-0001-plainToken",
  marks: 'cnry/7Hq+"2b\\9 <&>é~!',
  urlPassword: "c@nary/pass-0002",
  serviceKey: "canary-service-key-0003",
  claudeAccess: `sk-ant-oat01-canary0004${"Ab9_".repeat(20)}`,
  claudeRefresh: "sk-ant-ort01-canary-0005",
  claudeApiKey: "sk-ant-api03-canary-0006",
  codexKey: "sk-proj-canary-0007",
  codexIdToken: `${JWT_PART}.${JWT_PART.repeat(5)}.canary0008`,
  copilotToken: "gho_canary0009AbCdEf",
} as const;

/** What must appear nowhere: each canary, and each line of a multi-line key. */
export const SECRETS: readonly string[] = [...Object.values(CANARIES), ...KEY_LINES];

/** The environment of a start that passes the canaries to its processes; its logins are in `home`. */
export function canaryEnvironment(): Record<string, string> {
  return {
    API_KEY: CANARIES.variable,
    ODD_PASSWORD: CANARIES.marks,
    DATABASE_URL: `postgres://app:${encodeURIComponent(CANARIES.urlPassword)}@db.example/app`,
    DEPLOY_KEY: ["-----BEGIN PRIVATE KEY-----", ...KEY_LINES, "-----END PRIVATE KEY-----", ""].join("\n"),
    SERVICE_CREDENTIALS: JSON.stringify({ type: "service", auth: { private_key: CANARIES.serviceKey } }),
  };
}

export function writeCanaryLogins(home: string): void {
  const files: Readonly<Record<string, object>> = {
    ".claude/.credentials.json": {
      claudeAiOauth: { accessToken: CANARIES.claudeAccess, refreshToken: CANARIES.claudeRefresh, scopes: [] },
    },
    ".claude.json": { numStartups: 3, primaryApiKey: CANARIES.claudeApiKey, projects: {} },
    ".codex/auth.json": {
      OPENAI_API_KEY: CANARIES.codexKey,
      tokens: { id_token: CANARIES.codexIdToken },
    },
    ".copilot/config.json": { copilot_tokens: { "https://github.com:someone": CANARIES.copilotToken } },
  };
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(home, name)), { recursive: true });
    writeFileSync(join(home, name), JSON.stringify(content));
  }
}

type Spelling = (secret: string) => string;
const escaped: Spelling = (secret) => JSON.stringify(secret).slice(1, -1);
const unicode =
  (digits: (code: string) => string): Spelling =>
  (secret) =>
    secret.replaceAll(/[^]/g, (unit) => `\\u${digits(unit.charCodeAt(0).toString(16).padStart(4, "0"))}`);
const base64 =
  (before: string, after = ""): Spelling =>
  (secret) =>
    Buffer.from(`${before}${secret}${after}`).toString("base64");
const inLines =
  (width: number, lineEnd: string, before: string): Spelling =>
  (secret) =>
    (base64(before, " and what follows it")(secret).match(new RegExp(`.{1,${width}}`, "g")) ?? []).join(
      lineEnd,
    );
const percent =
  (code: (hex: string) => string): Spelling =>
  (secret) =>
    encodeURIComponent(secret).replaceAll(/%[0-9A-F]{2}/g, code);

/** As the inside of a JSON string, to be put between two quotes. */
export const JSON_SPELLINGS: Readonly<Record<string, Spelling>> = {
  JSON: escaped,
  "JSON with escaped slashes": (secret) => escaped(secret).replaceAll("/", "\\/"),
  "JSON in ASCII": (secret) => escaped(secret).replaceAll("é", "\\u00e9"),
  "JSON in ASCII, capitals": (secret) => escaped(secret).replaceAll("é", "\\u00E9"),
  "JSON safe for HTML": (secret) =>
    escaped(secret).replaceAll("<", "\\u003c").replaceAll(">", "\\u003e").replaceAll("&", "\\u0026"),
  "JSON all in codes": unicode((code) => code),
  "JSON all in codes, capitals": unicode((code) => code.toUpperCase()),
};

/** As a program may print it. */
export const SPELLINGS: Readonly<Record<string, Spelling>> = {
  plain: (secret) => secret,
  ...JSON_SPELLINGS,
  "JSON in JSON": (secret) => escaped(escaped(secret)),
  "JSON in JSON in JSON": (secret) => escaped(escaped(escaped(secret))),
  URL: encodeURIComponent,
  "URL in lower case": percent((code) => code.toLowerCase()),
  "URL as a form": (secret) => new URLSearchParams({ q: secret }).toString(),
  base64: base64(""),
  "base64 one byte in": base64("u"),
  "base64 two bytes in": base64("u:"),
  "base64 among others": base64("user:", "@host"),
  base64url: (secret) => Buffer.from(`?>${secret}`).toString("base64url"),
  "base64 of JSON": (secret) => base64(`{"key":"`, `"}`)(escaped(secret)),
  "base64 in lines": inLines(76, "\n", "a line before it: "),
  "base64 in lines of 64": inLines(64, "\n", "a longer line that stands before: "),
  "base64 in lines inside JSON": inLines(76, "\\n", `${"x".repeat(40)}: `),
};

/** The canaries in some bytes, plain or encoded, up to three encodings deep. */
export function secretsIn(bytes: Buffer): readonly string[] {
  const texts = decodings(bytes.toString("latin1"));
  return SECRETS.filter((secret) => {
    const inBytes = Buffer.from(secret).toString("latin1");
    return texts.some((text) => text.includes(inBytes));
  });
}

/** Which file below a directory contains which canary. */
export function secretsBelow(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .flatMap((path) => secretsIn(readFileSync(path)).map((secret) => `${path}: ${secret}`));
}

function decodings(text: string): readonly string[] {
  const unescaped = [text];
  for (let depth = 0; depth < 3; depth += 1) unescaped.push(withoutEscapes(unescaped.at(-1) ?? ""));
  return unescaped
    .flatMap((one) => [one, withoutPercent(one), ...[0, 1, 2, 3].map((skip) => fromBase64(one, skip))])
    .flatMap((one) => [one, withoutEscapes(one)]);
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };

const withoutEscapes = (text: string): string =>
  text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))/g, (_all, code?: string, mark = "") =>
    code === undefined
      ? (ESCAPES[mark] ?? mark)
      : Buffer.from(String.fromCodePoint(Number.parseInt(code, 16))).toString("latin1"),
  );

const withoutPercent = (text: string): string =>
  text
    .replaceAll("+", " ")
    .replaceAll(/%([0-9a-fA-F]{2})/g, (_all, code: string) =>
      String.fromCodePoint(Number.parseInt(code, 16)),
    );

/** Every sequence of base64 characters, lines joined, decoded from `skip` characters after its start. */
const fromBase64 = (text: string, skip: number): string =>
  (text.replaceAll(/(?<=[A-Za-z0-9+/])\n(?=[A-Za-z0-9+/=])/g, "").match(/[A-Za-z0-9+/_-]{10,}/g) ?? [])
    .map((run) => Buffer.from(run.slice(skip), "base64").toString("latin1"))
    .join("\n");
