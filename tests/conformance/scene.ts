/** One real CLI in front of one scripted server; both are gone when the test ends. */
import { onTestFinished } from "vitest";
import type { CliSetting } from "../support/cli-environment.ts";
import { type CliName, installClis } from "../support/clis.ts";
import { type Json, textAt } from "../support/model-server/json.ts";
import type { Script } from "../support/model-server/cursor.ts";
import { type ModelServer, startModelServer } from "../support/model-server/server.ts";
import { type CliRun, type CliSeat, takeSeat } from "./run-cli.ts";

export async function setScene(parts: {
  readonly cli: CliName;
  readonly script: Script;
  readonly login?: NonNullable<CliSetting["login"]>;
}): Promise<{ readonly server: ModelServer; readonly seat: CliSeat }> {
  const { cli, script, login = "api-key" } = parts;
  const clis = await installClis();
  const server = await startModelServer(script);
  const seat = await takeSeat({ cli, clis, serverUrl: server.url, login });
  onTestFinished(async () => {
    await seat.leave();
    await server.close();
  });
  return { server, seat };
}

/** The last stdout event of this `type`; fails the test's assertion as undefined when there is none. */
export function lastEvent({ events }: CliRun, type: string): Json | undefined {
  return events.findLast((event) => textAt(event, "type") === type);
}

/** The id under which the CLI continues this run. */
export function sessionId({ events }: CliRun): string {
  const ids = events.map(
    (event) => textAt(event, "session_id") || textAt(event, "thread_id") || textAt(event, "sessionId"),
  );
  return ids.find((id) => id !== "") ?? "";
}

/** The answer where each CLI puts it: claude's result, codex's last agent message, copilot's last message. */
export function answerText({ events }: CliRun, cli: CliName): string {
  const texts: Readonly<Record<CliName, (event: Json) => string>> = {
    claude: (event) => textAt(event, "result"),
    codex: (event) =>
      textAt(event, "item", "type") === "agent_message" ? textAt(event, "item", "text") : "",
    copilot: (event) =>
      textAt(event, "type") === "assistant.message" ? textAt(event, "data", "content") : "",
  };
  return events.map(texts[cli]).findLast((text) => text !== "") ?? "";
}
