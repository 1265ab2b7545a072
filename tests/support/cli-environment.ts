/**
 * The environment and files with which a real CLI works offline against the model server. The result is complete: it
 * inherits only PATH from the caller, so that no real login leaks in.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CliName, InstalledClis } from "./clis.ts";

/** The credential that each CLI presents; a test asks `request.sentCredential(SCRIPTED_CREDENTIAL)`. */
export const SCRIPTED_CREDENTIAL = "scripted-credential-0123456789";
/** The model that codex and copilot request by default; claude has its own names. */
export const SCRIPTED_MODEL = "scripted-model";

export interface CliSetting {
  readonly cli: CliName;
  readonly clis: InstalledClis;
  /** `server.url`, or any other address for a server that does not exist. */
  readonly serverUrl: string;
  /** An existing directory of the test; becomes HOME. */
  readonly home: string;
  /**
   * `api-key` (default) and `subscription` are set in the environment. Only claude has a subscription, and its caps need
   * one. `file` is a login file in the CLI's home, for claude and codex; `writeLoginFile` rotates it.
   */
  readonly login?: "api-key" | "subscription" | "file" | "none";
}

/** Writes the files that the CLI reads from its home. Returns the environment in which to start it, or Longhaul. */
export async function prepareCli(setting: CliSetting): Promise<Record<string, string>> {
  if (setting.login === "file") await writeLoginFile({ ...setting, credential: SCRIPTED_CREDENTIAL });
  const common = {
    PATH: `${setting.clis.binDirectory}:${process.env["PATH"] ?? ""}`,
    HOME: setting.home,
    LANG: "C.UTF-8",
    TZ: "UTC",
  };
  switch (setting.cli) {
    case "claude":
      return { ...common, ...claudeVariables(setting) };
    case "codex":
      return { ...common, ...(await prepareCodex(setting)) };
    case "copilot":
      return { ...common, ...copilotVariables(setting) };
  }
}

/**
 * Stores a login as the CLI's own `login` command does, and replaces an older one.
 * @throws Error for copilot, which accepts a provider's key only from the environment.
 */
export async function writeLoginFile(login: {
  readonly cli: CliName;
  readonly home: string;
  readonly credential: string;
}): Promise<void> {
  const { cli, home, credential } = login;
  switch (cli) {
    case "claude":
      return writeJson(join(home, ".claude", ".credentials.json"), {
        claudeAiOauth: {
          accessToken: credential,
          refreshToken: `refresh-${credential}`,
          // So far ahead that claude never asks the vendor for a new login.
          expiresAt: 4_000_000_000_000,
          scopes: ["user:inference", "user:profile"],
          subscriptionType: "max",
        },
      });
    case "codex":
      return writeJson(join(home, ".codex", "auth.json"), {
        auth_mode: "apikey",
        OPENAI_API_KEY: credential,
      });
    case "copilot":
      throw new Error("copilot has no login file for a provider's key");
  }
}

async function writeJson(file: string, value: object): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(value), { mode: 0o600 });
}

function claudeVariables({ serverUrl, login = "api-key" }: CliSetting): Record<string, string> {
  const credentials = {
    "api-key": { ANTHROPIC_API_KEY: SCRIPTED_CREDENTIAL },
    subscription: { CLAUDE_CODE_OAUTH_TOKEN: SCRIPTED_CREDENTIAL },
    file: {},
    none: {},
  };
  return {
    ANTHROPIC_BASE_URL: serverUrl,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_AUTOUPDATER: "1",
    // As root, claude refuses to bypass permissions unless told that this is a sandbox.
    ...(process.getuid?.() === 0 ? { IS_SANDBOX: "1" } : {}),
    ...credentials[login],
  };
}

async function prepareCodex({
  serverUrl,
  home,
  login = "api-key",
}: CliSetting): Promise<Record<string, string>> {
  const codexHome = join(home, ".codex");
  await mkdir(codexHome, { recursive: true });
  await writeFile(join(codexHome, "config.toml"), codexConfig({ serverUrl, login }));
  return { CODEX_HOME: codexHome, ...(login === "api-key" ? { SCRIPTED_KEY: SCRIPTED_CREDENTIAL } : {}) };
}

function codexConfig({ serverUrl, login }: Required<Pick<CliSetting, "serverUrl" | "login">>): string {
  return [
    `model = "${SCRIPTED_MODEL}"`,
    'model_provider = "scripted"',
    "[model_providers.scripted]",
    'name = "scripted"',
    `base_url = "${serverUrl}/v1"`,
    login === "file" ? "requires_openai_auth = true" : 'env_key = "SCRIPTED_KEY"',
    'wire_api = "responses"',
    "[analytics]",
    "enabled = false",
    "",
  ].join("\n");
}

function copilotVariables({ serverUrl, clis, login = "api-key" }: CliSetting): Record<string, string> {
  return {
    XDG_CACHE_HOME: clis.cacheDirectory,
    COPILOT_OFFLINE: "true",
    COPILOT_AUTO_UPDATE: "false",
    ...(login === "none"
      ? {}
      : {
          COPILOT_PROVIDER_BASE_URL: `${serverUrl}/v1`,
          COPILOT_PROVIDER_API_KEY: SCRIPTED_CREDENTIAL,
          COPILOT_MODEL: SCRIPTED_MODEL,
        }),
  };
}
