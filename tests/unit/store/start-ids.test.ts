import { readdirSync, utimesSync, writeFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { recordStart } from "../../../src/store/start-ids.ts";
import { temporaryDirectory } from "./run-fixture.ts";

test("a start id is new to exactly one of many concurrent callers", async () => {
  const runsRoot = temporaryDirectory();
  const answers = await Promise.all(Array.from({ length: 10 }, () => recordStart(runsRoot, "start-1")));
  expect(answers.filter((answer) => answer === "new")).toHaveLength(1);
  expect(await recordStart(runsRoot, "start-1")).toBe("seen");
  expect(await recordStart(runsRoot, "start-2")).toBe("new");
});

test.each(["../../escape", "with/slash", "", "\u0000", "ü".repeat(300)])(
  "any text is an id and stays inside: %j",
  async (id) => {
    const runsRoot = join(temporaryDirectory(), "runs");
    expect(await recordStart(runsRoot, id)).toBe("new");
    expect(await recordStart(runsRoot, id)).toBe("seen");
    expect(readdirSync(join(runsRoot, ".longhaul", "start-ids"))).toHaveLength(1);
  },
);

test("only the newest thousand are kept", async () => {
  const runsRoot = temporaryDirectory();
  const directory = join(runsRoot, ".longhaul", "start-ids");
  mkdirSync(directory, { recursive: true });
  for (let number = 0; number < 1005; number += 1) {
    writeFileSync(join(directory, `id-${number}`), "");
    utimesSync(join(directory, `id-${number}`), 1000 + number, 1000 + number);
  }
  expect(await recordStart(runsRoot, "latest")).toBe("new");
  expect(readdirSync(directory)).toHaveLength(1000);
  expect(await recordStart(runsRoot, "latest")).toBe("seen");
  expect(await recordStart(runsRoot, "id-1004")).toBe("seen");
  expect(await recordStart(runsRoot, "id-0")).toBe("new");
});
