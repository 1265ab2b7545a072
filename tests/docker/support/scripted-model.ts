/** A scripted model server that containers reach, and what each CLI needs to talk to it from there. */
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { CliName } from "../../support/clis.ts";
import { type ModelServer, startModelServer } from "../../support/model-server/server.ts";
import type { Script } from "../../support/model-server/cursor.ts";
import type { Box } from "./box.ts";

const CREDENTIAL = "scripted-credential-0123456789";

export interface ScriptedModel {
  readonly server: ModelServer;
  /** For run.sh or compose, together with what the box has. */
  readonly env: Readonly<Record<string, string>>;
}

export async function startScriptedModel(
  box: Box,
  { cli, script }: { readonly cli: CliName; readonly script: Script },
): Promise<ScriptedModel> {
  const server = await startModelServer(script, { host: "0.0.0.0" });
  onTestFinished(() => server.close());
  const url = `http://host.docker.internal:${server.port}`;
  await box.write({
    "override.yaml": OVERRIDE,
    ...(cli === "codex" ? { ".codex/config.toml": codexConfig(url) } : {}),
  });
  const override = { LONGHAUL_COMPOSE_OVERRIDE: join(box.home, "override.yaml") };
  return { server, env: { ...override, ...VARIABLES[cli](url) } };
}

/** As a user embeds Longhaul: what compose.yaml does not have comes from a file of their own. */
const OVERRIDE = `services:
  longhaul:
    extra_hosts: ["host.docker.internal:host-gateway"]
    environment:
      SCRIPTED_KEY:
`;

const VARIABLES: Readonly<Record<CliName, (url: string) => Readonly<Record<string, string>>>> = {
  // A subscription: only with one does claude report a cap with its reset time.
  claude: (url) => ({
    ANTHROPIC_BASE_URL: url,
    CLAUDE_CODE_OAUTH_TOKEN: CREDENTIAL,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  }),
  codex: () => ({ SCRIPTED_KEY: CREDENTIAL }),
  copilot: (url) => ({
    COPILOT_OFFLINE: "true",
    COPILOT_PROVIDER_BASE_URL: `${url}/v1`,
    COPILOT_PROVIDER_API_KEY: CREDENTIAL,
    COPILOT_MODEL: "scripted-model",
  }),
};

const codexConfig = (url: string) => `model = "scripted-model"
model_provider = "scripted"
[model_providers.scripted]
name = "scripted"
base_url = "${url}/v1"
env_key = "SCRIPTED_KEY"
wire_api = "responses"
[analytics]
enabled = false
`;
