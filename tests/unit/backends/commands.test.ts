import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CliName, TurnRequest } from "../../../src/backends/backend.ts";
import { BACKENDS } from "../../../src/backends/table.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "longhaul-commands-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const ID = "11111111-2222-4333-8444-555555555555";
const SCHEMA = {
  type: "object",
  properties: { ok: { type: "boolean" } },
  required: ["ok"],
  additionalProperties: false,
};

const begin = async (cli: CliName, request: Partial<TurnRequest> = {}) =>
  (
    await BACKENDS[cli].beginTurn({
      prompt: "Do it.",
      session: { id: ID, fresh: true },
      cwd: home,
      addDirs: [],
      environment: { HOME: home },
      model: undefined,
      effort: undefined,
      outputSchema: undefined,
      attemptDir: home,
      asRoot: false,
      ...request,
    })
  ).command;

function writeConfig(toml: string): void {
  mkdirSync(join(home, ".codex"));
  writeFileSync(join(home, ".codex", "config.toml"), toml);
}

describe("the prompt", () => {
  test.each(["claude", "codex", "copilot"] as const)(
    "%s gets it on stdin, never in its arguments",
    async (cli) => {
      const command = await begin(cli, { prompt: "secret plan" });
      expect(command.stdin).toBe("secret plan");
      expect(command.args.join(" ")).not.toContain("secret plan");
    },
  );

  test.each(["claude", "codex", "copilot"] as const)(
    "%s cannot take it for a command of its own",
    async (cli) => {
      expect((await begin(cli, { prompt: "/compact" })).stdin).toBe("Task:\n\n/compact");
    },
  );
});

describe("claude", () => {
  test("a fresh session under our id, with the default model", async () => {
    const { args } = await begin("claude");
    expect(args.slice(5)).toEqual(["--model", "sonnet", "--session-id", ID]);
  });

  test("a continued session with everything that a turn can request", async () => {
    const { args } = await begin("claude", {
      session: { id: ID, fresh: false },
      model: "opus",
      effort: "high",
      addDirs: ["/lib"],
      outputSchema: SCHEMA,
    });
    expect(args.slice(5)).toEqual(
      ["--model", "opus", "--resume", ID, "--add-dir", "/lib", "--effort", "high"].concat(
        "--json-schema",
        JSON.stringify(SCHEMA),
      ),
    );
  });

  test("is told about the sandbox only as root", async () => {
    expect((await begin("claude", { asRoot: true })).environment).toHaveProperty("IS_SANDBOX", "1");
    expect((await begin("claude")).environment).not.toHaveProperty("IS_SANDBOX");
  });
});

describe("codex", () => {
  test.each([
    ["lane2", {}, ["-p", "lane2"], []],
    ["lane2@gpt-5.5", {}, ["-p", "lane2"], ["-m", "gpt-5.5"]],
    ["@gpt-5.5", {}, [], ["-m", "gpt-5.5"]],
    ["@gpt-5.5", { CODEX_PROFILE: "run" }, ["-p", "run"], ["-m", "gpt-5.5"]],
    [undefined, { CODEX_PROFILE: "run" }, ["-p", "run"], []],
    [undefined, {}, [], []],
  ])("model %s with %j", async (model, environment, profile, modelArgs) => {
    const { args } = await begin("codex", {
      model,
      environment: { HOME: home, ...environment },
    });
    const shown = (flag: string) =>
      args.includes(flag) ? args.slice(args.indexOf(flag), args.indexOf(flag) + 2) : [];
    expect([shown("-p"), shown("-m")]).toEqual([profile, modelArgs]);
  });

  test("limits the retries of a custom provider, not of a built-in one", async () => {
    writeConfig('model_provider = "lab"\n[model_providers.lab]\nbase_url = "http://127.0.0.1"\n');
    expect((await begin("codex")).args).toContain("model_providers.lab.stream_max_retries=0");
    writeFileSync(join(home, ".codex", "config.toml"), '[profiles.x]\nmodel_provider = "lab"\n');
    expect((await begin("codex")).args.join(" ")).not.toContain("max_retries");
  });

  test("a strict schema goes into a file; any other is not passed", async () => {
    const strict = await begin("codex", { outputSchema: SCHEMA });
    const file = join(home, "output-schema.json");
    expect(strict.args).toContain(file);
    expect(strict.files).toEqual([{ path: file, content: `${JSON.stringify(SCHEMA)}\n` }]);
    const loose = await begin("codex", { outputSchema: { ...SCHEMA, required: [] } });
    expect(loose.args).not.toContain("--output-schema");
    expect(loose.files).toEqual([]);
  });

  test("a continued session", async () => {
    const { args } = await begin("codex", { session: { id: ID, fresh: false }, effort: "low" });
    expect(args.slice(0, 2)).toEqual(["exec", "resume"]);
    expect(args.slice(-2)).toEqual([ID, "-"]);
    expect(args).toContain('model_reasoning_effort="low"');
  });
});

test("copilot resumes by id, with model and effort", async () => {
  const { args } = await begin("copilot", {
    session: { id: ID, fresh: false },
    model: "gpt-5",
    effort: "low",
  });
  expect(args.slice(5)).toEqual(["--model", "gpt-5", `--resume=${ID}`, "--reasoning-effort", "low"]);
});
