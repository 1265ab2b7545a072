import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openLineFile } from "../../../src/store/line-file.ts";
import { temporaryDirectory } from "./run-fixture.ts";

test("lines are appended in order, also by a later process", async () => {
  const path = join(temporaryDirectory(), "lines");
  const numbers = Array.from({ length: 20_000 }, (_, number) => `line ${number}\n`);
  const first = openLineFile(path);
  for (const line of numbers) first.write(line);
  await first.close();
  expect(textOf(path)).toBe(numbers.join(""));
  const second = openLineFile(path);
  second.write("the last\n");
  await second.close();
  expect(textOf(path)).toBe(`${numbers.join("")}the last\n`);
});

test("a line is written soon, without another line or a close", async () => {
  const path = join(temporaryDirectory(), "lines");
  const lines = openLineFile(path);
  lines.write("alone\n");
  await expect.poll(() => textOf(path), { timeout: 20_000 }).toBe("alone\n");
  await lines.close();
});

test("refused lines do not block later ones", async () => {
  const directory = join(temporaryDirectory(), "missing");
  const path = join(directory, "lines");
  const lines = openLineFile(path);
  lines.write(`${"x".repeat(100_000)}\n`);
  mkdirSync(directory);
  const writeAndRead = () => {
    lines.write("later\n");
    return textOf(path);
  };
  await expect.poll(writeAndRead, { timeout: 20_000 }).toMatch(/later\n$/);
  await lines.close();
});

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
