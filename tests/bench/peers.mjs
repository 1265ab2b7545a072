/** The same number of small steps in other durable engines, each with its data synced to the disk of the same directory. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeDirectory } from "./directories.mjs";
import { bytesBelow, measureBranchSteps, measureReplayedSteps } from "./longhaul-work.mjs";
import { median } from "./report.mjs";
import { startPostgres, startRedis } from "./servers.mjs";

const PEERS = fileURLToPath(new URL("./peers", import.meta.url));
const ROUNDS = 3;

const ENGINES = [
  {
    engine: "Longhaul, branch steps",
    durability: "fdatasync a step",
    measure: (steps) => own(measureBranchSteps(steps)),
  },
  {
    engine: "Longhaul, agent steps answered by replay",
    durability: "fdatasync a step",
    measure: (steps) => own(measureReplayedSteps(steps)),
  },
  {
    engine: "openworkflow 0.10.1, SQLite",
    durability: "WAL, synchronous FULL",
    missing: () =>
      notInstalled("openworkflow") ??
      (nodeWithSqlite() === undefined ? "needs Node 22.5 or later" : undefined),
    measure: async (steps) => {
      const directory = makeDirectory();
      return inPeer({
        node: nodeWithSqlite(),
        script: "openworkflow.mjs",
        words: [steps, directory],
        steps,
        directory,
      });
    },
  },
  {
    engine: "BullMQ 6.7.0, Redis",
    durability: "appendfsync always",
    missing: () => notInstalled("bullmq"),
    server: startRedis,
    install: "install redis-server",
    measure: (steps, { port, directory }) =>
      inPeer({ script: "bullmq.mjs", words: [steps, port], steps, directory }),
  },
  {
    engine: "DBOS 5.3.0, PostgreSQL",
    durability: "fsync and synchronous_commit on",
    missing: () => notInstalled("@dbos-inc/dbos-sdk"),
    server: startPostgres,
    install: "install postgresql",
    measure: (steps, { url, directory }) =>
      inPeer({ script: "dbos.mjs", words: [steps, url], steps, directory }),
  },
];

/** A row for each engine: milliseconds and bytes per step, or why there are none. By turns, so that a noisy moment hits each or none. */
export async function measurePeers({ steps, progress }) {
  const rounds = ENGINES.map(() => []);
  for (let round = 1; round <= ROUNDS; round++) {
    for (const [index, one] of ENGINES.entries()) {
      if (rounds[index].some(({ note }) => note !== "")) continue;
      progress(`${steps} steps, round ${round}: ${one.engine}`);
      rounds[index].push(await measureOnce(one, steps));
    }
  }
  return ENGINES.map(({ engine, durability }, index) => ({
    engine,
    durability,
    steps,
    ...middleOf(rounds[index]),
  }));
}

/** Nothing here ends the benchmark: an engine that is not there, or fails, says so in its row. */
async function measureOnce({ missing = () => undefined, server, install, measure }, steps) {
  const why = missing();
  if (why !== undefined) return absent(why);
  try {
    const started = await server?.();
    if (server !== undefined && started === undefined) return absent(install);
    try {
      return { ...(await measure(steps, started)), note: "" };
    } finally {
      await started?.stop();
    }
  } catch (error) {
    return absent(String(error.message).split("\n")[0]);
  }
}

function middleOf(rounds) {
  const failed = rounds.find(({ note }) => note !== "");
  if (failed !== undefined) return failed;
  const of = (pick) => median(rounds.map(pick));
  return {
    msPerStep: of((round) => round.msPerStep),
    bytesPerStep: of((round) => round.bytesPerStep),
    note: "",
  };
}

const absent = (note) => ({ msPerStep: null, bytesPerStep: null, note: `not measured: ${note}` });

const notInstalled = (name) =>
  existsSync(join(PEERS, "node_modules", name)) ? undefined : "npm --prefix tests/bench/peers ci";

/** This Node where it is new enough, else the one that the peers' manifest brings along. */
const nodeWithSqlite = () =>
  [process.execPath, join(PEERS, "node_modules", `node-linux-${process.arch}`, "bin", "node")].find(
    hasSqlite,
  );

const hasSqlite = (node) =>
  spawnSync(node, ["-e", "require('node:sqlite')"], { stdio: "ignore" }).status === 0;

const own = ({ msPerStep, bytesOnDisk, steps }) => ({ msPerStep, bytesPerStep: bytesOnDisk / steps });

async function inPeer({ node = process.execPath, script, words, steps, directory }) {
  const before = bytesBelow(directory);
  const { ms } = await runScript(node, [join(PEERS, script), ...words.map(String)]);
  return { msPerStep: ms / steps, bytesPerStep: (bytesBelow(directory) - before) / steps };
}

function runScript(node, words) {
  const child = spawn(node, ["--no-warnings", ...words], { stdio: ["ignore", "pipe", "pipe"] });
  const printed = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"])
    child[name].setEncoding("utf8").on("data", (text) => (printed[name] += text));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0
        ? resolve(JSON.parse(printed.stdout.trimEnd().split("\n").at(-1)))
        : reject(new Error(`it ended with ${code}: ${printed.stderr.trim().split("\n")[0]}`)),
    );
  });
}
