import { execFileSync, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readEndOfUserFile, readUserFile } from "../../../src/store/user-file.ts";
import { temporaryDirectory } from "./run-fixture.ts";

const ONE_MIB = 1024 * 1024;

test.each([
  ["a short text", "Grüße"],
  ["a text as large as allowed", "x".repeat(ONE_MIB)],
  ["nothing", ""],
])("a file with %s is read whole", async (_name, text) => {
  const file = join(temporaryDirectory(), "file");
  writeFileSync(file, text);
  expect(await readUserFile(file, ONE_MIB)).toEqual({ text });
});

test("a file that is one byte too large is refused", async () => {
  const file = join(temporaryDirectory(), "file");
  writeFileSync(file, "x".repeat(ONE_MIB + 1));
  expect(await readUserFile(file, ONE_MIB)).toEqual({ problem: "is larger than 1 MiB" });
});

test.each([
  ["of a command", "echo hello", { text: "hello\n" }],
  ["without an end", "yes", { problem: "is larger than 1 MiB" }],
])("a pipe %s", async (_name, command, expected) => {
  const pipe = join(temporaryDirectory(), "pipe");
  execFileSync("mkfifo", [pipe]);
  const writer = spawn("sh", ["-c", `${command} 2>/dev/null > "$0"`, pipe], { stdio: "ignore" });
  const ended = new Promise((resolve) => writer.once("close", resolve));
  expect(await readUserFile(pipe, ONE_MIB)).toEqual(expected);
  await ended;
});

test.each(["/dev/zero", "/dev/null"])("%s is a device", async (file) => {
  expect(await readUserFile(file, ONE_MIB)).toEqual({ problem: "is a device" });
});

test("a directory is reported as one", async () => {
  expect(await readUserFile(temporaryDirectory(), ONE_MIB)).toEqual({ problem: "is a directory" });
});

test("a missing file is reported with the system's reason", async () => {
  const reading = await readUserFile(join(temporaryDirectory(), "none"), ONE_MIB);
  expect(reading).toMatchObject({ problem: "cannot be read", cause: { code: "ENOENT" } });
});

test.each([
  ["a short file", "end", "end"],
  ["a file of several reads", `${"x".repeat(ONE_MIB)}the end`, "the end"],
])("the end of %s", async (_name, text, end) => {
  const file = join(temporaryDirectory(), "file");
  writeFileSync(file, text);
  expect(await readEndOfUserFile(file, 7)).toEqual({ text: end });
});

test("the end of a pipe that delivers a few bytes at a time", async () => {
  const pipe = join(temporaryDirectory(), "pipe");
  execFileSync("mkfifo", [pipe]);
  const writer = spawn("sh", ["-c", `{ printf one; sleep 0.1; printf two; } > "$0"`, pipe], {
    stdio: "ignore",
  });
  const ended = new Promise((resolve) => writer.once("close", resolve));
  expect(await readEndOfUserFile(pipe, 5)).toEqual({ text: "netwo" });
  await ended;
});

test("the end of a device is not read", async () => {
  expect(await readEndOfUserFile("/dev/zero", 7)).toEqual({ problem: "is a device" });
});
