/** The scripted logins in files: read by the real programs, and replaced between two turns. */
import { expect, test } from "vitest";
import { SCRIPTED_CREDENTIAL, writeLoginFile } from "../support/cli-environment.ts";
import { answer, forever, status } from "../support/model-server/script.ts";
import { answerText, setScene } from "./scene.ts";

const ROTATED = "rotated-credential-0123456789";

test.each(["claude", "codex"] as const)(
  "%s uses the login file as it is when the turn starts",
  async (cli) => {
    const script = [
      forever((request) => (request.sentCredential(ROTATED) ? answer("Welcome back.") : status(401))),
    ];
    const { server, seat } = await setScene({ cli, script, login: "file" });
    expect((await seat.run("hello")).exitCode).toBe(1);
    expect(server.requests[0]?.sentCredential(SCRIPTED_CREDENTIAL)).toBe(true);
    await writeLoginFile({ cli, home: seat.directory, credential: ROTATED });
    expect(answerText(await seat.run("hello"), cli)).toBe("Welcome back.");
  },
);
