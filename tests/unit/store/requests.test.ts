import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dropRequests, pendingRequests, type Request, writeRequest } from "../../../src/store/requests.ts";
import { temporaryDirectory } from "./run-fixture.ts";

const STOP: Request = { format: 1, kind: "stop", at: "2026-03-01T10:00:00.000Z", by: "a test" };

describe("requests", () => {
  it("are found until they are dropped, and none exist without a request", () => {
    const runDir = temporaryDirectory();
    expect(pendingRequests(runDir)).toEqual([]);
    dropRequests(runDir);
    writeRequest(runDir, STOP);
    writeRequest(runDir, STOP);
    expect(pendingRequests(runDir)).toEqual([STOP, STOP]);
    dropRequests(runDir);
    expect(pendingRequests(runDir)).toEqual([]);
  });

  it.each([
    ["half.json", '{"format": 1, "kind": "st'],
    ["empty.json", ""],
    ["newer.json", JSON.stringify({ ...STOP, format: 2 })],
    ["other.json", JSON.stringify({ ...STOP, kind: "approve" })],
    ["stop-1.json.tmp", JSON.stringify(STOP)],
  ])("are not what %s holds", (name, content) => {
    const runDir = temporaryDirectory();
    mkdirSync(join(runDir, "requests"));
    writeFileSync(join(runDir, "requests", name), content);
    expect(pendingRequests(runDir)).toEqual([]);
  });

  it("are never half written", () => {
    const runDir = temporaryDirectory();
    writeRequest(runDir, STOP);
    expect(readdirSync(join(runDir, "requests"))).toEqual([expect.stringMatching(/^stop-[0-9a-f-]+\.json$/)]);
  });
});
