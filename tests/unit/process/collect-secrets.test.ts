import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { collectSecrets, loginFiles, loginVersion, secretsOf } from "../../../src/process/collect-secrets.ts";
import { newDirectory } from "./processes.ts";

const fromVariable = (name: string, value: string) =>
  collectSecrets({ environment: { [name]: value }, files: [] });

describe("variables", () => {
  test.each([
    ["ANTHROPIC_API_KEY", "sk-ant-12345678"],
    ["CLAUDE_CODE_OAUTH_TOKEN", "sk-ant-oat01-1234"],
    ["GITHUB_TOKEN", "ghp_12345678"],
    ["GH_PAT", "github_pat_123"],
    ["DB_PASSWORD", "hunter2hunter2"],
    ["AWS_ACCESS_KEY_ID", "AKIA1234567890"],
    ["AWS_SECRET_ACCESS_KEY", "/starts/with+a/slash"],
    ["MY_CREDENTIALS", "user:password"],
    ["clientSecret", "abcdefgh-12"],
  ])("%s is secret", (name, value) => {
    expect(fromVariable(name, value)).toEqual([value]);
  });

  test.each([
    ["PATH", "/usr/bin:/bin"],
    ["KEYBOARD", "us-international"],
    ["MAX_THINKING_TOKENS", "10000000"],
    ["CODEX_TOKEN_FILE", "/run/secrets/token"],
    ["SSH_AUTH_SOCK", "/tmp/ssh-agent.123"],
    ["API_KEY", "short"],
    ["GOOGLE_APPLICATION_CREDENTIALS", "/etc/hostname"],
  ])("%s=%s is not", (name, value) => {
    expect(fromVariable(name, value)).toEqual([]);
  });

  test("passwords inside URLs, as written and decoded", () => {
    expect(fromVariable("DATABASE_URL", "postgres://app:p%40ssword1@db/app")).toEqual([
      "p%40ssword1",
      "p@ssword1",
    ]);
  });
});

test("each line of a multi-line key is secret too, its frame is not", () => {
  const lines = ["MIIEvQIBADANBgkqhkiG9w0B", "AQEFAASCBKcwggSjAgEAAoIB"];
  const value = ["-----BEGIN KEY-----", ...lines, "-----END KEY-----"].join("\n");
  expect(fromVariable("DEPLOY_KEY", value)).toEqual([value, ...lines]);
});

test("the secrets inside a JSON secret are secret too", () => {
  const value = JSON.stringify({
    type: "service_account",
    private_key: "pk-12345678",
    auth: { pass: ["word-1234"] },
  });
  expect(fromVariable("SERVICE_CREDENTIALS", value)).toEqual([value, "pk-12345678", "word-1234"]);
});

test("only the API key is secret among claude's settings", () => {
  const home = mkdtempSync(join(tmpdir(), "longhaul-logins-"));
  const settings = { userID: "0123456789abcdef".repeat(4), primaryApiKey: "sk-ant-api03-1234", projects: {} };
  writeFileSync(join(home, ".claude.json"), JSON.stringify(settings, null, 2));
  expect(secretsOf({ HOME: home })).toEqual(["sk-ant-api03-1234"]);
  expect(secretsOf({ HOME: "/nowhere", CLAUDE_CONFIG_DIR: home })).toEqual(["sk-ant-api03-1234"]);
});

test("login files yield their tokens and nothing else", () => {
  const home = mkdtempSync(join(tmpdir(), "longhaul-logins-"));
  for (const name of [".claude", ".codex", ".copilot"]) mkdirSync(join(home, name));
  writeFileSync(
    join(home, ".claude", ".credentials.json"),
    JSON.stringify({
      claudeAiOauth: {
        accessToken: "sk-ant-oat01-access",
        refreshToken: "sk-ant-ort01-refresh",
        expiresAt: 1790000000000,
        scopes: ["user:inference"],
        rateLimitTier: "default_claude_max_20x",
      },
    }),
  );
  writeFileSync(
    join(home, ".codex", "auth.json"),
    JSON.stringify({
      auth_mode: "chatgpt-login",
      OPENAI_API_KEY: "sk-proj-12345678",
      tokens: { id_token: "eyJhbGciOi.a.b", access_token: "eyJhbGciOi.c.d", account_id: "account-0001" },
      last_refresh: "2026-11-20T10:00:00Z",
    }),
  );
  writeFileSync(
    join(home, ".copilot", "config.json"),
    `// This file is managed automatically.\n${JSON.stringify({
      trusted_folders: ["/workspace/app"],
      logged_in_users: [{ host: "https://github.com", login: "somebody-1" }],
      copilot_tokens: { "https://github.com:somebody-1": "gho_1234567890" },
    })}`,
  );
  expect(collectSecrets({ environment: {}, files: loginFiles({ HOME: home }) }).toSorted()).toEqual([
    "account-0001",
    "eyJhbGciOi.a.b",
    "eyJhbGciOi.c.d",
    "gho_1234567890",
    "sk-ant-oat01-access",
    "sk-ant-ort01-refresh",
    "sk-proj-12345678",
  ]);
});

test("missing and half-written login files are skipped", () => {
  const home = mkdtempSync(join(tmpdir(), "longhaul-logins-"));
  const torn = join(home, "auth.json");
  writeFileSync(torn, '{"tokens":{"access_tok');
  expect(collectSecrets({ environment: {}, files: [torn, join(home, "none.json")] })).toEqual([]);
});

test("the login files follow the variables that move them", () => {
  const environment = { HOME: "/h", CLAUDE_CONFIG_DIR: "/c", CODEX_HOME: "/x", COPILOT_HOME: "/p" };
  expect(loginFiles(environment)).toEqual([
    "/c/.credentials.json",
    "/c/.claude.json",
    "/x/auth.json",
    "/p/config.json",
  ]);
  expect(loginFiles({ HOME: "/h" })).toEqual([
    "/h/.claude/.credentials.json",
    "/h/.claude.json",
    "/h/.codex/auth.json",
    "/h/.copilot/config.json",
  ]);
});

test("a chmod that makes a login readable changes the version within one clock tick", () => {
  const home = newDirectory();
  const login = join(home, "auth.json");
  writeFileSync(login, "{}", { mode: 0o000 });
  const before = loginVersion({ CODEX_HOME: home });
  chmodSync(login, 0o600);
  expect(loginVersion({ CODEX_HOME: home })).not.toBe(before);
});
