import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createStepEnvironment } from "../../../src/performers/step-environment.ts";
import { createStepRedactor } from "../../../src/performers/step-redactor.ts";
import { newDirectory } from "../process/processes.ts";

test("without workflow variables all steps share one environment", () => {
  const environmentOf = createStepEnvironment({ HOME: "/home/me", UNSET: undefined });
  const first = environmentOf({});
  expect(first).toEqual({ HOME: "/home/me" });
  expect(environmentOf({})).toBe(first);
});

test("the workflow's variables win over what is inherited", () => {
  const environmentOf = createStepEnvironment({ HOME: "/home/me", TOPIC: "outside" });
  expect(environmentOf({ TOPIC: "moss" })).toEqual({ HOME: "/home/me", TOPIC: "moss" });
  expect(environmentOf({ TOPIC: "fern" })).toEqual({ HOME: "/home/me", TOPIC: "fern" });
});

const login = (home: string, token: string) =>
  writeFileSync(join(home, "auth.json"), JSON.stringify({ access_token: token }));

test("a redactor is reused until the environment or a login changes", () => {
  const home = newDirectory();
  const environment = { CODEX_HOME: home, API_KEY: "key-of-the-first" };
  const redactorFor = createStepRedactor();
  const first = redactorFor(environment);
  expect(first.redact("key-of-the-first")).toBe("[redacted]");
  expect(redactorFor(environment)).toBe(first);
  login(home, "token-that-came-later");
  const afterLogin = redactorFor(environment);
  expect(afterLogin).not.toBe(first);
  expect(afterLogin.redact("token-that-came-later")).toBe("[redacted]");
  expect(redactorFor({ ...environment, API_KEY: "key-of-the-next" }).redact("key-of-the-next")).toBe(
    "[redacted]",
  );
});

test("secrets of an earlier step are redacted in the next step's output too", () => {
  const redactorFor = createStepRedactor();
  redactorFor({ API_KEY: "key-of-the-first" });
  const next = redactorFor({ API_KEY: "key-of-the-next" });
  expect(next.redact("key-of-the-first, key-of-the-next")).toBe("[redacted], [redacted]");
});
