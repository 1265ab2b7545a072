/**
 * Makes the run directories of tests/fixtures/old-runs with the built command and real processes:
 *
 *     npm run build && node tests/support/record-old-runs.mjs [NAME...]
 *
 * Run it at the commit whose format is to be kept, never to make a failing test pass.
 */
import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { packRun } from "./old-run-archive.mjs";
import { cliScenes } from "./old-run-cli-scenes.mjs";
import { openScenes } from "./old-run-open-scenes.mjs";
import { scenes } from "./old-run-scenes.mjs";

const CHECKOUT = resolve(import.meta.dirname, "../..");
const MAIN = join(CHECKOUT, "dist/main.js");
const FIXTURES = join(CHECKOUT, "tests/fixtures/old-runs");
const KILL_AT = join(import.meta.dirname, "kill-at.mjs");
const DEADLINE_MS = 180_000;
const LAST_WRITE = 40;

async function record(name, scene) {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "old-run-")));
  try {
    const at = placeOf(root, name);
    at.write({ "home/.keep": "", ...scene.files });
    await scene.make(at);
    for (const path of ["longhaul.log", "notify"]) rmSync(at.inRun(path), { recursive: true, force: true });
    for (const path of scene.without ?? []) rmSync(join(root, path), { recursive: true });
    const paths = [
      ...readdirSync(root),
      `runs/${name}-default`,
      `runs/.longhaul/locks/${name}-default/held`,
      ...(scene.keep ?? []),
    ];
    const kept = paths.filter((path) => !LEFT_OUT.includes(path) && existsSync(join(root, path)));
    const about = {
      shows: scene.shows,
      run: `${name}-default`,
      cli: scene.cli ?? "replay",
      resume: scene.resume,
    };
    writeFileSync(
      join(FIXTURES, `${name}.run`),
      `@@@ about\n${JSON.stringify(about, null, 2)}\n${packRun({ root, checkout: CHECKOUT, paths: kept })}`,
    );
    console.log(`${name}: recorded`);
  } finally {
    endAllOf(root);
    rmSync(root, { recursive: true, force: true });
  }
}

/** Said anew by every test, or told piece by piece. */
const LEFT_OUT = ["home", "runs", "script.json", "params.json"];

/** One user's machine below a root, as a scene of the tests is. */
function placeOf(root, name) {
  const environment = {
    PATH: process.env["PATH"],
    LANG: "C.UTF-8",
    HOME: join(root, "home"),
    AGENT_RUNS_DIR: join(root, "runs"),
    AGENT_MIN_FREE_DISK_MB: "0",
  };
  const runDir = join(root, "runs", `${name}-default`);
  const start = (args, { env = {}, nodeArgs = [] } = {}) => {
    const options = { cwd: root, env: { ...environment, ...env }, stdio: ["ignore", "ignore", "pipe"] };
    const child = spawn(process.execPath, [...nodeArgs, MAIN, ...args], options);
    let stderr = "";
    child.stderr.on("data", (text) => (stderr += text));
    const ended = new Promise((done) =>
      child.once("close", (code, signal) => done({ code, signal, stderr })),
    );
    return { child, ended };
  };
  const at = {
    root,
    name,
    checkout: CHECKOUT,
    environment,
    start,
    path: (...parts) => join(root, ...parts),
    inRun: (...parts) => join(runDir, ...parts),
    write: (files) => {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), text);
      }
    },
    exits: async (code, args, options) => {
      const ended = await start(args, options).ended;
      if ((ended.code ?? ended.signal) !== code)
        throw new Error(`${args.join(" ")}: ${JSON.stringify(ended)}`);
    },
    /** SIGKILL of the runner and of all that it has started, when a file of the run holds these words. */
    killWhen: async ({ child, ended }, words, file = "journal.jsonl", alsoWords = "") => {
      await at.until(words, file, alsoWords);
      child.kill("SIGKILL");
      await ended;
      endAllOf(root);
    },
    /** Killed after half of a write to the journal, the first one that leaves a torn line behind a whole step. */
    tornWrite: (args, { env }) =>
      at.killedAtWrite(args, "torn", {
        env,
        isWanted: (text) => !text.endsWith("\n") && text.includes("step.finished"),
      }),
    /** Killed before a write was synced; then only its lines up to the first of a type are kept. */
    powerCut: async (args, type) => {
      await at.killedAtWrite(args, "after", { isWanted: (text) => text.includes(`"type":"${type}"`) });
      const journal = at.inRun("journal.jsonl");
      const text = readFileSync(journal, "utf8");
      writeFileSync(journal, text.slice(0, text.indexOf("\n", text.indexOf(`"type":"${type}"`)) + 1));
    },
    killedAtWrite: async (args, moment, { env = {}, isWanted }) => {
      for (let write = 1; write < LAST_WRITE; write += 1) {
        rmSync(join(root, "runs"), { recursive: true, force: true });
        const killAt = { KILL_AT: `writeSync#${write}:${moment}`, KILL_FAMILY: "1" };
        const { signal } = await start(args, { env: { ...env, ...killAt }, nodeArgs: ["--import", KILL_AT] })
          .ended;
        const journal = at.inRun("journal.jsonl");
        if (signal === "SIGKILL" && existsSync(journal) && isWanted(readFileSync(journal, "utf8"))) return;
      }
      throw new Error("no such write");
    },
    until: async (words, file = "journal.jsonl", alsoWords = "") => {
      const deadline = Date.now() + DEADLINE_MS;
      const path = join(runDir, file);
      const holds = (text) =>
        text.split("\n").some((line) => line.includes(words) && line.includes(alsoWords));
      while (!existsSync(path) || !holds(readFileSync(path, "utf8"))) {
        if (Date.now() > deadline) throw new Error(`${path} does not hold ${words}`);
        await sleep(20);
      }
      await sleep(600); // until the views have followed
    },
  };
  return at;
}

function endAllOf(root) {
  for (const pid of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      if (
        readFileSync(`/proc/${pid}/environ`, "utf8")
          .split("\0")
          .includes(`HOME=${join(root, "home")}`)
      )
        process.kill(Number(pid), "SIGKILL");
    } catch {
      // gone, or not ours
    }
  }
}

const all = { ...scenes, ...openScenes, ...cliScenes };
const asked = process.argv.slice(2);
for (const name of asked.length > 0 ? asked : Object.keys(all)) await record(name, all[name]);
