/** The runs of tests/fixtures/old-runs by the three real command lines, in front of the scripted model server. */
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const CREDENTIAL = "scripted-credential-0123456789";
const USAGE = {
  inputTokens: 100,
  outputTokens: 10,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
};
const reply = (...blocks) => ({
  kind: "reply",
  blocks,
  stop: "end",
  usage: USAGE,
  delivery: "complete",
  headers: {},
  servedModel: null,
});
const answer = (text) => reply({ type: "text", text });
const tool = (command) => reply({ type: "shell", command });
const NOTHING_MORE = { kind: "silence", after: "nothing" };

/** What is kept of each command line's home: its sessions, and no login. */
const SESSIONS = {
  claude: ["home/.claude/projects"],
  codex: ["home/.codex/sessions"],
  copilot: ["home/.copilot/session-state"],
};

const workflow = (name) => ({
  [`${name}/workflow.yaml`]: `name: ${name}
start: ask
nodes:
  - { id: ask, type: agent, prompt: ask.md, outputs: [{ key: verdict, default: none }], next: done }
  - { id: done, type: terminal }
`,
  [`${name}/ask.md`]: "MARKER-TASK: judge the code.\n",
});

const runs = (name, cli, ...more) => [
  "run",
  name,
  "--cli",
  cli,
  "--workspace",
  "workspace",
  "--quiet",
  ...more,
];

const repaired = (cli) => ({
  shows: `exit 0: ${cli} answered without what was asked for, and was corrected in the same session`,
  cli,
  keep: SESSIONS[cli],
  files: { ...workflow(`${cli}-repaired`), "workspace/.keep": "" },
  make: (at) => {
    const script = [answer("I have looked at it."), answer('{"verdict":"good"}')];
    return served(at, cli, script, (env) => at.exits(0, runs(at.name, cli), { env }));
  },
  resume: [{ args: runs(`${cli}-repaired`, cli), code: 0 }],
});

const killed = (cli) => ({
  shows: `${cli} killed with its runner in the middle of a turn, after a tool call`,
  cli,
  keep: SESSIONS[cli],
  files: { ...workflow(`${cli}-killed`), "workspace/.keep": "" },
  make: (at) =>
    served(at, cli, [tool("echo ONE-TOOL"), NOTHING_MORE], (env) =>
      at.killWhen(
        at.start(runs(at.name, cli), { env }),
        "ONE-TOOL",
        "steps/000001-ask/attempts/01/events.jsonl",
        RESULT[cli],
      ),
    ),
  resume: [{ args: runs(`${cli}-killed`, cli), code: 0 }],
});

/** The line of the stream that has the tool's output. */
const RESULT = {
  claude: '"tool_result"',
  codex: '"aggregated_output":"ONE-TOOL',
  copilot: '"tool.execution_complete"',
};

const capped = {
  shows: "claude at its usage limit, killed in the wait for the reset that the API named",
  cli: "claude",
  keep: SESSIONS.claude,
  files: { ...workflow("claude-capped"), "workspace/.keep": "" },
  make: (at) => {
    const cause = { reason: "cap", resetsInSeconds: 7200, window: "session" };
    const cap = { kind: "failure", cause, place: "status", headers: {}, body: null };
    return served(at, "claude", [tool("echo ONE-TOOL"), { forever: cap }], (env) =>
      at.killWhen(at.start(runs(at.name, "claude"), { env: withSubscription(env) }), '"type":"wait.started"'),
    );
  },
  resume: [{ args: runs("claude-capped", "claude"), code: 0, clockS: 3 * 3600 }],
};

/** Only a subscription has caps with claude. */
const withSubscription = ({ ANTHROPIC_API_KEY, ...env }) => ({
  ...env,
  CLAUDE_CODE_OAUTH_TOKEN: ANTHROPIC_API_KEY,
});

export const cliScenes = {
  ...Object.fromEntries(Object.keys(SESSIONS).map((cli) => [`${cli}-repaired`, repaired(cli)])),
  ...Object.fromEntries(Object.keys(SESSIONS).map((cli) => [`${cli}-killed`, killed(cli)])),
  "claude-capped": capped,
};

/** Does something with the environment in which a command line asks a server that follows this script. */
async function served(at, cli, script, work) {
  writeFileSync(at.path("script.json"), JSON.stringify(script));
  const program = join(at.checkout, "tests/support/model-server/main.mjs");
  const server = spawn(process.execPath, [program, at.path("script.json")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise((done) => server.once("exit", done));
  try {
    const url = await new Promise((done) => {
      createInterface({ input: server.stdout }).once("line", (line) => done(JSON.parse(line).url));
    });
    server.stdout.resume();
    await work({
      PATH: `${join(at.checkout, "tests/clis/node_modules/.bin")}:${process.env["PATH"]}`,
      TZ: "UTC",
      CLAUDE_CODE_MAX_RETRIES: "0",
      ...VARIABLES[cli](at, url),
    });
  } finally {
    server.kill("SIGTERM");
    await exited;
  }
}

const VARIABLES = {
  claude: (at, url) => ({
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: CREDENTIAL,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_AUTOUPDATER: "1",
    IS_SANDBOX: "1",
  }),
  codex: (at, url) => {
    mkdirSync(at.path("home/.codex"), { recursive: true });
    const config = [
      'model = "scripted-model"',
      'model_provider = "scripted"',
      "[model_providers.scripted]",
      'name = "scripted"',
      `base_url = "${url}/v1"`,
      'env_key = "SCRIPTED_KEY"',
      'wire_api = "responses"',
      "[analytics]",
      "enabled = false",
    ];
    writeFileSync(at.path("home/.codex/config.toml"), `${config.join("\n")}\n`);
    return { CODEX_HOME: at.path("home/.codex"), SCRIPTED_KEY: CREDENTIAL };
  },
  copilot: (at, url) => ({
    XDG_CACHE_HOME: join(at.checkout, "tests/clis/node_modules/.shared-cache"),
    COPILOT_OFFLINE: "true",
    COPILOT_AUTO_UPDATE: "false",
    COPILOT_PROVIDER_BASE_URL: `${url}/v1`,
    COPILOT_PROVIDER_API_KEY: CREDENTIAL,
    COPILOT_MODEL: "scripted-model",
  }),
};
