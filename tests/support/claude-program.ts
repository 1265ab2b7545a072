import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { claude } from "../../src/backends/claude/backend.ts";
import { systemClock } from "../../src/core/clock.ts";
import { createRedactor } from "../../src/process/redact.ts";
import type { AgentDeps } from "../../src/performers/agent-process.ts";
import type { AgentNode } from "../../src/graph/schema.ts";
import { runLayout } from "../../src/store/layout.ts";

export const CLOCKS = { firstEventMs: 20_000, idleMs: 20_000, resultMs: 20_000, exitGraceMs: 300 };

/** A node that asks for one output. */
export const ASKING_NODE: AgentNode = {
  id: "ask",
  type: "agent",
  prompt: "prompts/ask.md",
  outputs: [{ key: "verdict" }],
  next: "done",
  timeout_ms: undefined,
};

export interface ProgramOptions {
  readonly runDir?: string;
  readonly clocks?: typeof CLOCKS;
  /** Permissions of the program. */
  readonly mode?: number;
}

/** A directory with a program named `claude` that keeps its prompt in `prompt-received`, and what performers need to start it. */
export function claudeProgram(body: string, { runDir, clocks = CLOCKS, mode = 0o755 }: ProgramOptions = {}) {
  const root = mkdtempSync(join(tmpdir(), "longhaul-claude-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const bin = join(root, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "claude"), `#!/bin/sh\ncat > prompt-received\n${body}\n`, { mode });
  const deps: AgentDeps = {
    backend: claude,
    runWideModel: undefined,
    environment: { PATH: `${bin}:${process.env["PATH"] ?? ""}`, HOME: root },
    redactor: createRedactor([]),
    layout: runLayout(runDir ?? join(root, "run")),
    clocks,
    clock: systemClock,
  };
  return { root, deps };
}
