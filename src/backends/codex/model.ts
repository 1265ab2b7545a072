import { join } from "node:path";
import type { Environment } from "../backend.ts";
import { codexHome } from "./session.ts";
import { readIfPresent } from "../session-file.ts";

export interface CodexModel {
  readonly profile: string | undefined;
  readonly model: string | undefined;
}

/** Parses `<profile>[@<model>]`; `@<model>` names only a model. CODEX_PROFILE is the default profile. */
export function parseCodexModel(choice: string | undefined, environment: Environment): CodexModel {
  const [profile = "", ...rest] = (choice ?? "").split("@");
  const runWide = environment["CODEX_PROFILE"];
  return {
    profile: nonEmpty(profile) ?? nonEmpty(runWide ?? ""),
    model: nonEmpty(rest.join("@")),
  };
}

const nonEmpty = (text: string): string | undefined => (text.trim() === "" ? undefined : text.trim());

/** Providers built into codex, whose settings cannot be overridden. */
const BUILT_IN_PROVIDERS = new Set(["openai", "ollama", "lmstudio", "oss", "amazon-bedrock"]);

/**
 * The custom provider that config.toml, or the profile on top of it, selects; undefined for a built-in one. Only a
 * custom provider's retries can be limited.
 */
export async function customProvider(
  environment: Environment,
  profile: string | undefined,
): Promise<string | undefined> {
  const home = codexHome(environment);
  const files = [
    join(home, "config.toml"),
    ...(profile === undefined ? [] : [join(home, `${profile}.config.toml`)]),
  ];
  let provider: string | undefined;
  for (const file of files) provider = selectedProvider(await readIfPresent(file)) ?? provider;
  return provider === undefined || BUILT_IN_PROVIDERS.has(provider) ? undefined : provider;
}

/** The top-level `model_provider` of a TOML file; keys after the first table header belong to that table. */
function selectedProvider(toml: string | undefined): string | undefined {
  const topLevel = toml?.split(/^\s*\[/mu)[0] ?? "";
  return /^\s*model_provider\s*=\s*["']([\w-]+)["']/mu.exec(topLevel)?.[1];
}
