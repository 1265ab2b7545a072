import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { claude } from "../../src/backends/claude/backend.ts";
import { systemClock } from "../../src/core/clock.ts";
import { createRedactor } from "../../src/process/redact.ts";
import type { AgentDeps } from "../../src/performers/agent-process.ts";
import type { TurnEffect } from "../../src/engine/effect.ts";

export const CLOCKS = { firstEventMs: 20_000, idleMs: 20_000, resultMs: 20_000, exitGraceMs: 300 };

/** The common part of all effects of a step that asks for one output. */
export const agentEffect = (root: string, runDir: string) => ({
  step: 1,
  node: "ask",
  mark: "0d7c1b1e-1/1",
  runDir,
  cwd: root,
  environment: {},
  model: {},
});

/** A turn of that step, in its own session. */
export const turnEffect = (root: string, runDir: string, attempt = 1): TurnEffect => ({
  ...agentEffect(root, runDir),
  kind: "turn",
  visit: 1,
  attempt,
  seenAttempt: attempt,
  ask: "whole",
  prompt: "Judge.",
  outputs: [{ key: "verdict" }],
  session: { number: 1, id: "11111111-2222-4333-8444-555555555555", fresh: true },
  addDirs: [],
  timeoutMs: 20_000,
  launchedBefore: true,
});

export interface ProgramOptions {
  readonly runDir?: string;
  readonly clocks?: typeof CLOCKS;
  /** Permissions of the program. */
  readonly mode?: number;
}

/** Makes a directory with a `claude` program that saves its prompt in `prompt-received`, and the parts to start it. */
export function claudeProgram(body: string, { runDir, clocks = CLOCKS, mode = 0o755 }: ProgramOptions = {}) {
  const root = mkdtempSync(join(tmpdir(), "longhaul-claude-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const bin = join(root, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "claude"), `#!/bin/sh\ncat > prompt-received\n${body}\n`, { mode });
  const deps: AgentDeps = {
    backend: claude,
    environment: { PATH: `${bin}:${process.env["PATH"] ?? ""}`, HOME: root },
    redactor: createRedactor([]),
    clocks,
    clock: systemClock,
  };
  return { root, runDir: runDir ?? join(root, "run"), deps };
}
