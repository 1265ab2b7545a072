/** The rows that decide about one turn of a CLI alone, each with the real program driven into it. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  answer,
  billing,
  capWithReset,
  contentFilter,
  contextWindowStop,
  cutStream,
  empty,
  forever,
  hold,
  inStream,
  outputLimit,
  overflow,
  overloaded,
  rateLimit,
  refusal,
  silence,
  status,
  structured,
  toolCall,
  unknownModel,
} from "../support/model-server/script.ts";
import { type DrivenTurn, driveTurn, freshSession } from "./drive-row.ts";

const LONG_PROMPT = "Say hello. ".repeat(100_000);
const UNKNOWN = { id: "11111111-2222-4333-8444-555555555555", fresh: false };
const NOWHERE = "http://127.0.0.1:1";
const SCHEMA = {
  type: "object",
  properties: { verdict: { type: "string", enum: ["good", "bad"] } },
  required: ["verdict"],
  additionalProperties: false,
};

type Rows = Readonly<Record<string, DrivenTurn>>;

const CLAUDE: Rows = {
  "claude.success": { script: [answer("Hello.")] },
  "claude.refusal": { script: [forever(refusal())] },
  "claude.overflow.prompt": { prompt: LONG_PROMPT },
  "claude.overflow.prompt_too_long": {
    script: [toolCall("echo hi"), overflow()],
    env: { DISABLE_AUTO_COMPACT: "1" },
  },
  "claude.overflow.blocking_limit": {
    script: [answer("Hello.", { usage: { inputTokens: 195_000 } })],
    before: async ({ turn }) => {
      await turn({ ...UNKNOWN, fresh: true });
      return UNKNOWN;
    },
  },
  "claude.overflow.body_too_large": { script: [forever(status(413))] },
  "claude.overflow.window_stop": { script: [forever(contextWindowStop())] },
  "claude.cap.session": { login: "subscription", script: [forever(capWithReset({ inSeconds: 7200 }))] },
  "claude.cap.weekly": {
    login: "subscription",
    script: [forever(capWithReset({ inSeconds: 7200, window: "weekly" }))],
  },
  "claude.auth.billing": { script: [billing()] },
  "claude.auth.no_login": { login: "none" },
  "claude.auth.rejected": { script: [forever(status(401))] },
  "claude.config.model": { script: [forever(unknownModel())] },
  "claude.session.unknown": { session: UNKNOWN },
  "claude.session.id_taken": {
    script: [forever(answer("Hello."))],
    session: { ...UNKNOWN, fresh: true },
    before: ({ turn }) => turn({ ...UNKNOWN, fresh: true }),
  },
  "claude.session.no_id": { session: { id: "not-a-session", fresh: false } },
  "claude.config.flag": { args: ["--no-such-flag"] },
  // Only root is refused.
  ...(process.getuid?.() === 0 ? { "claude.config.root": { env: { IS_SANDBOX: undefined } } } : {}),
  "claude.config.bad_request": { script: [forever(status(400))] },
  "claude.transient.rate_limit": { script: [forever(rateLimit({ retryAfterSeconds: 1 }))] },
  "claude.transient.server": { script: [forever(status(503))] },
  "claude.transient.stream_cut": { script: [forever(cutStream())] },
  "claude.transient.network": { env: { ANTHROPIC_BASE_URL: NOWHERE } },
  "claude.answer.output_limit": { script: [forever(outputLimit())] },
  "claude.answer.structured_output": {
    script: [forever(structured({ verdict: "neither" }))],
    schema: SCHEMA,
  },
  "claude.answer.budget": { script: [forever(answer("Hello."))], args: ["--max-budget-usd", "0.000001"] },
  "claude.answer.empty": { script: [forever(empty())] },
};

const CODEX: Rows = {
  "codex.success": { script: [answer("Hello.")] },
  "codex.content_filter": { script: [forever(contentFilter())] },
  "codex.overflow.first_prompt": { script: [forever(overflow())] },
  "codex.overflow.context": { script: [toolCall("echo hi"), forever(overflow())] },
  "codex.overflow.context_text": { script: [forever(overflow())], withoutSessionFile: true },
  "codex.overflow.prompt": { prompt: LONG_PROMPT },
  "codex.cap.session": { script: [forever(capWithReset({ inSeconds: 7200 }))] },
  "codex.cap.usage": {
    script: [forever(status(429, { body: { error: { type: "usage_limit_reached", plan_type: "plus" } } }))],
  },
  "codex.auth.billing": { script: [forever(billing())] },
  "codex.auth.no_login": { login: "none" },
  "codex.auth.rejected": { script: [forever(status(401))] },
  "codex.auth.rejected_text": { script: [forever(status(401))], withoutSessionFile: true },
  "codex.session.other_thread": {
    script: [forever(answer("Hello."))],
    session: { id: "not-a-session", fresh: false },
  },
  "codex.session.unknown": { session: UNKNOWN },
  "codex.config.model": { script: [forever(unknownModel())] },
  "codex.config.flag": { args: ["--no-such-flag"] },
  "codex.config.file": {
    before: ({ home }) => writeFileSync(join(home, ".codex/config.toml"), 'model_provider = "nobody"\n'),
  },
  "codex.config.bad_request": { script: [forever(status(400))] },
  "codex.transient.rate_limit": { script: [forever(inStream(rateLimit({ retryAfterSeconds: 1 })))] },
  "codex.transient.rate_limit_status": { script: [forever(rateLimit({ retryAfterSeconds: 1 }))] },
  "codex.transient.rate_limit_text": {
    script: [forever(rateLimit({ retryAfterSeconds: 1 }))],
    withoutSessionFile: true,
  },
  "codex.transient.server": { script: [forever(overloaded())] },
  "codex.transient.server_status": { script: [forever(status(502))] },
  "codex.transient.server_text": { script: [forever(status(502))], withoutSessionFile: true },
  "codex.transient.silence": {
    script: [forever(silence({ after: "headers" }))],
    args: ["-c", "model_providers.scripted.stream_idle_timeout_ms=1500"],
  },
  "codex.transient.stream_cut": { script: [forever(cutStream())] },
  "codex.answer.output_limit": { script: [forever(outputLimit())] },
  "codex.answer.empty": { script: [forever(empty())] },
};

const COPILOT: Rows = {
  "copilot.success": { script: [answer("Hello.")] },
  "copilot.content_filter": { script: [forever(contentFilter())] },
  "copilot.overflow.first_prompt": { script: [forever(overflow())] },
  "copilot.overflow.context": { script: [toolCall("echo hi"), forever(overflow())] },
  "copilot.overflow.prompt": { prompt: LONG_PROMPT },
  "copilot.cap.weekly": { script: [forever(capWithReset({ inSeconds: 7200, window: "weekly" }))] },
  "copilot.cap.usage": { script: [forever(capWithReset({ inSeconds: 7200 }))] },
  "copilot.auth.billing": { script: [forever(billing())] },
  "copilot.auth.rejected": { script: [forever(status(401))] },
  "copilot.auth.no_login": { login: "none", env: { COPILOT_OFFLINE: undefined } },
  "copilot.session.unknown": { session: UNKNOWN },
  "copilot.config.model": { script: [forever(unknownModel())] },
  "copilot.config.flag": { args: ["--no-such-flag"] },
  "copilot.config.home": { env: { XDG_CACHE_HOME: "/sys/no-cache" } },
  "copilot.config.provider": { env: { COPILOT_MODEL: undefined } },
  "copilot.transient.rate_limit": { script: [forever(rateLimit({ retryAfterSeconds: 1 }))] },
  "copilot.transient.server": { script: [forever(status(503))] },
  "copilot.transient.network": { script: [forever(cutStream())] },
  "copilot.transient.error_in_stream": { script: [forever(inStream(status(500)))] },
  "copilot.answer.empty_error": { script: [forever(empty())] },
};

describe.each([
  ["claude", CLAUDE],
  ["codex", CODEX],
  ["copilot", COPILOT],
] as const)("%s", (cli, rows) => {
  test.each(Object.entries(rows))("%s", async (row, driven) => {
    expect(await driveTurn(cli, driven)).toBe(row);
  });
});

describe("a compaction", () => {
  const session = { id: "22222222-2222-4333-8444-555555555555", fresh: false };
  const oneTurn: NonNullable<DrivenTurn["before"]> = async ({ turn }) => {
    await turn({ ...session, fresh: true });
    return session;
  };

  test("claude.compact.too_few: one reply is not enough to be summed up", async () => {
    const driven = { compaction: true, before: oneTurn, script: [forever(answer("Hello."))] };
    expect(await driveTurn("claude", driven)).toBe("claude.compact.too_few");
  });

  test("copilot.transient.stderr: the session's file does not tell why it failed", async () => {
    const script = [answer("Hello."), forever(status(503))];
    const driven = { compaction: true, before: oneTurn, script, withoutSessionFile: true };
    expect(await driveTurn("copilot", driven)).toBe("copilot.transient.stderr");
  });
});

describe.each(["codex.transient.network", "codex.transient.network_text"])("%s", (row) => {
  test("nobody answers at the provider's address", async () => {
    const config = [
      'model = "scripted-model"\nmodel_provider = "scripted"\n[model_providers.scripted]\nname = "scripted"',
      `base_url = "${NOWHERE}/v1"\nenv_key = "SCRIPTED_KEY"\nwire_api = "responses"\n`,
    ].join("\n");
    const driven: DrivenTurn = {
      before: ({ home }) => writeFileSync(join(home, ".codex/config.toml"), config),
      withoutSessionFile: row.endsWith("_text"),
    };
    expect(await driveTurn("codex", driven)).toBe(row);
  });
});

test("codex.session.busy: another process is in the thread", async () => {
  const driven: DrivenTurn = {
    script: [answer("Hello."), hold(answer("Late."))],
    before: async ({ home, turn, turnUntilRequest }) => {
      await turn(freshSession("codex"));
      const session = { id: threadIn(home), fresh: false };
      await turnUntilRequest(2, session);
      return session;
    },
  };
  expect(await driveTurn("codex", driven)).toBe("codex.session.busy");
});

/** Codex names the file of a thread after it. */
function threadIn(home: string): string {
  const names = readdirSync(join(home, ".codex/sessions"), { recursive: true, encoding: "utf8" });
  return names.map((name) => /([0-9a-f-]{36})\.jsonl$/.exec(name)?.[1]).find((id) => id !== undefined) ?? "";
}
