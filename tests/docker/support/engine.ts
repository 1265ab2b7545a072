/**
 * What can happen to the engine of a machine. These tests take down every container of the machine with it,
 * so they run only where the environment says with which commands:
 *
 *   LONGHAUL_ENGINE_START  makes an engine answer
 *   LONGHAUL_ENGINE_STOP   stops it in order
 *   LONGHAUL_ENGINE_CUT    kills engine and containers at once and drops what a reboot drops
 */
import { readFile } from "node:fs/promises";
import { mustRun } from "./command.ts";

export type EngineEvent = "power cut" | "engine stopped in order" | "only the engine killed";
export const ENGINE_EVENTS: readonly EngineEvent[] = [
  "power cut",
  "engine stopped in order",
  "only the engine killed",
];

/** Brings the engine down in this way and up again. */
export async function restartEngine(event: EngineEvent): Promise<void> {
  const start = commandOf("LONGHAUL_ENGINE_START"); // known before anything is taken down
  await takeDown(event);
  await mustRun("sh", ["-c", start]);
}

async function takeDown(event: EngineEvent): Promise<void> {
  switch (event) {
    case "power cut":
      return command("LONGHAUL_ENGINE_CUT");
    case "engine stopped in order":
      return command("LONGHAUL_ENGINE_STOP");
    case "only the engine killed": {
      const pid = Number(await readFile("/var/run/docker.pid", "utf8"));
      process.kill(pid, "SIGKILL");
    }
  }
}

const command = async (variable: string): Promise<void> => {
  await mustRun("sh", ["-c", commandOf(variable)]);
};

function commandOf(variable: string): string {
  const text = process.env[variable];
  if (text === undefined || text === "") {
    throw new Error(`${variable} is not set; tests/docker/support/engine.ts says what it must hold`);
  }
  return text;
}
