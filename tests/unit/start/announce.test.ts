import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createNotifier } from "../../../src/process/notify.ts";
import { createRedactor } from "../../../src/process/redact.ts";

const temporary = () => mkdtempSync(join(tmpdir(), "longhaul-notify-"));

function notifierFor(command: string, directory: string) {
  return createNotifier({
    environment: { PATH: process.env["PATH"], AGENT_NOTIFY_CMD: command, OUT: join(directory, "told") },
    directory: join(directory, "notify"),
    redactor: createRedactor([]),
  });
}

describe("AGENT_NOTIFY_CMD", () => {
  test("gets each message as one JSON line on stdin, in order", async () => {
    const directory = temporary();
    const notifier = notifierFor('cat >> "$OUT"', directory);
    notifier.notify({ kind: "parked", number: 1 });
    notifier.notify({ kind: "finished", number: 2 });
    await notifier.settled();
    const lines = readFileSync(join(directory, "told"), "utf8").trimEnd().split("\n");
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      { kind: "parked", number: 1 },
      { kind: "finished", number: 2 },
    ]);
  });

  test("a command that fails or does not exist does not affect the next message", async () => {
    const directory = temporary();
    const notifier = notifierFor('test -e "$OUT" && cat >> "$OUT"; touch "$OUT"; no-such-command', directory);
    notifier.notify({ number: 1 });
    notifier.notify({ number: 2 });
    await notifier.settled();
    expect(readFileSync(join(directory, "told"), "utf8")).toBe('{"number":2}\n');
  });
});
