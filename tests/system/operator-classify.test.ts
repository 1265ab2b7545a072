import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { calls } from "../support/in-process.ts";
import { createScene, MAIN } from "../support/longhaul.ts";

const recording = (cli: string, name: string) =>
  join(import.meta.dirname, "../fixtures/recordings", cli, name);

/** A busy machine: each look at a file takes a second. */
const SLOW_DISK = `
import files from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
const { stat } = files;
files.stat = (path) => new Promise((resolve) => setTimeout(resolve, 1000)).then(() => stat(path));
syncBuiltinESMExports();
`;

describe("longhaul classify", () => {
  it.each([
    ["claude", "success", "0", "success"],
    ["claude", "e529", "1", "transient"],
    ["claude", "e401", "1", "auth"],
    ["claude", "cap-429-oauth", "1", "cap"],
    ["claude", "e400-overflow", "1", "overflow"],
    ["claude", "empty", "0", "answer"],
    ["codex", "e503", "1", "transient"],
    ["copilot", "e402-quota", "1", "auth"],
    ["copilot", "success", "0", "success"],
  ])("says of %s %s (exit %s): %s", async (cli, name, exitCode, verdict) => {
    const scene = createScene();
    const file = recording(cli, `${name}.jsonl`);
    const args = ["classify", "--cli", cli, file, "--exit-code", exitCode, "--json"];
    expect(JSON.parse((await calls(scene, 0, args)).stdout)).toMatchObject({ cli, verdict });
  });

  it("says why, what is done about it, and what a person can do", async () => {
    const scene = createScene();
    const said = await calls(scene, 0, ["classify", "--cli", "claude", recording("claude", "e401.jsonl")]);
    expect(said.stdout).toMatch(/^verdict: {2}auth\/rejected\nrow: {6}claude\./);
    expect(said.stdout).toContain(
      "done:     exit 3 before the first answer of the run, later a wait for the login\n",
    );
    expect(said.stdout).toContain("remedy:   ");
  });

  it("reads an attempt's folder with what was said on stderr", async () => {
    const scene = createScene();
    const attempt = scene.path("01");
    mkdirSync(attempt);
    cpSync(recording("copilot", "no-credentials.jsonl"), join(attempt, "events.jsonl"));
    cpSync(recording("copilot", "no-credentials.stderr"), join(attempt, "stderr.log"));
    const said = await calls(scene, 0, [
      "classify",
      "--cli",
      "copilot",
      attempt,
      "--exit-code",
      "1",
      "--json",
    ]);
    expect(JSON.parse(said.stdout)).toMatchObject({ verdict: "auth", failure: { reason: "no_login" } });
  });

  it.each([
    ["a kill from outside", { exit_code: null, signal: "SIGKILL" }, [], { cut_off: true }],
    ["an exit code", { exit_code: 127, signal: null }, [], { row: "any.command_not_found" }],
    [
      "a clock",
      { exit_code: null, signal: "SIGINT", stopped_by: "silence" },
      [],
      { row: "any.clock.silence" },
    ],
    [
      "a program that is missing",
      { exit_code: null, signal: null, os_error: "ENOENT" },
      [],
      { row: "any.start.missing" },
    ],
    ["an attempt of a version that did not say", {}, [], { row: "any.no_final_event", cut_off: false }],
    ["flags, which count more", { exit_code: 0, signal: null }, ["--signal", "KILL"], { cut_off: true }],
    [
      "nothing but a flag",
      undefined,
      ["--signal", "SIGTERM", "--stopped-by", "silence"],
      { row: "any.clock.silence" },
    ],
  ])("knows how the process ended from result.json and flags: %s", async (_name, result, flags, expected) => {
    const scene = createScene();
    scene.write({ "01/events.jsonl": '{"type":"system","subtype":"init"}\n' });
    if (result !== undefined)
      scene.write({ "01/result.json": JSON.stringify({ result: "failed", ...result }) });
    const said = await calls(scene, 0, ["classify", "--cli", "claude", scene.path("01"), ...flags, "--json"]);
    expect(JSON.parse(said.stdout)).toMatchObject(expected);
  });

  it("reads stdin", () => {
    const input = readFileSync(recording("claude", "e529.jsonl"));
    const said = spawnSync(process.execPath, [MAIN, "classify", "--cli", "claude"], {
      input,
      encoding: "utf8",
    });
    expect(said.stdout).toMatch(/^verdict: {2}transient\//);
  });

  it("loses nothing of stdin when it is over before the session's file was looked at", async () => {
    const scene = createScene();
    const said = await scene.exits(0, ["classify", "--cli", "copilot", "--exit-code", "1"], {
      stdin: readFileSync(recording("copilot", "e402-quota.jsonl")),
      nodeArgs: ["--import", `data:text/javascript,${encodeURIComponent(SLOW_DISK)}`],
    });
    expect(said.stdout).toMatch(/^verdict: {2}auth\//);
  });

  it("refuses an attempt's folder in which the stream is a folder again, and one that leads to itself", async () => {
    const scene = createScene();
    scene.write({ "01/events.jsonl/other.txt": "" });
    symlinkSync("circle", scene.path("circle"));
    const classified = (name: string) =>
      calls(scene, 2, ["classify", "--cli", "claude", scene.path(name)]).then(({ stderr }) => stderr);
    expect(await classified("01")).toContain("is a directory.");
    expect(await classified("circle")).toContain("There is no event stream at");
  });

  it("counts the end of what was said on stderr, however long it is", async () => {
    const scene = createScene();
    scene.write({ "01/events.jsonl": "", "noise.log": "noise\n".repeat(100_000) });
    const said = readFileSync(recording("copilot", "no-credentials.stderr"), "utf8");
    appendFileSync(scene.path("noise.log"), said);
    const flags = ["--exit-code", "1", "--json", "--stderr", scene.path("noise.log")];
    const judged = await calls(scene, 0, ["classify", "--cli", "copilot", scene.path("01"), ...flags]);
    expect(JSON.parse(judged.stdout)).toMatchObject({ failure: { reason: "no_login" } });
  });

  it.each([
    ["a device without end", "/dev/zero", "is a device."],
    ["a device that gives nothing", "/dev/null", "is a device."],
    ["a directory", "01", "is a directory."],
    ["nothing", "none.log", "cannot be read."],
  ])("refuses %s as what was said on stderr", async (_what, name, problem) => {
    const scene = createScene();
    scene.write({ "01/events.jsonl": "" });
    const stderr = resolve(scene.path(), name);
    const args = ["classify", "--cli", "claude", scene.path("01"), "--stderr", stderr];
    expect((await calls(scene, 2, args)).stderr).toContain(`--stderr ${stderr} ${problem}`);
  });

  it("names a stderr.log beside the stream that is no file", async () => {
    const scene = createScene();
    scene.write({ "01/events.jsonl": "", "01/stderr.log/other.txt": "" });
    const refused = await calls(scene, 2, ["classify", "--cli", "claude", scene.path("01")]);
    expect(refused.stderr).toContain(`longhaul: ${scene.path("01/stderr.log")} is a directory.`);
  });

  it.each([
    [["classify", "nothing.jsonl"], "--cli is missing: it names the CLI of the stream."],
    [["classify", "--cli", "replay", "nothing.jsonl"], "--cli replay is not an agent command line."],
    [["classify", "--cli", "claude", "nothing.jsonl"], "There is no event stream at nothing.jsonl."],
    [["classify", "--cli", "claude", "--exit-code", "bad"], "--exit-code bad"],
    [["classify", "--cli", "claude", "--signal", "SIGNONE"], "--signal SIGNONE is not a signal."],
    [["classify", "--cli", "claude", "--signal", "constructor"], "--signal constructor is not a signal."],
    [["classify", "--cli", "claude", "--stopped-by", "bad"], "first-event, silence, turn-clock, grace"],
    [["classify", "--cli", "claude", "--exit-code", "1", "--signal", "KILL"], "exclude each other"],
  ])("refuses %j", async (args, message) => {
    const scene = createScene();
    expect((await calls(scene, 2, args)).stderr).toContain(message);
  });
});
