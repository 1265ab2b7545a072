/** A run whose journal another process reads while it grows: what that costs both, and what the reader sees. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { COMMAND, layWorkflow, readStepStarts, sampleCpu, startRun } from "./long-run.mjs";
import { median } from "./report.mjs";
import { answers, longWorkflow } from "./scale.mjs";

const FOLLOWER = fileURLToPath(new URL("./follow-journal.mjs", import.meta.url));
const ROUNDS = 3;

const READERS = [
  { beside: "nobody" },
  { beside: "a reader that looks every 20 ms", words: ({ journal }) => [FOLLOWER, journal, "20"] },
  { beside: "a reader that looks all the time", words: ({ journal }) => [FOLLOWER, journal, "0"] },
  {
    beside: "`longhaul logs RUN -f`",
    words: ({ runDir }) => [COMMAND, "logs", runDir, "-f", "--json"],
    isOwn: true,
  },
];

/** All readers by turns, so that a noisy moment hits each or none. */
export async function measureBeside({ steps, progress }) {
  const rounds = READERS.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, reader] of READERS.entries()) {
      progress(`${steps} steps beside ${reader.beside}`);
      rounds[index].push(await measureRun(reader, steps));
    }
  }
  return READERS.map(({ beside }, index) => {
    const of = (name) =>
      rounds[index][0][name] === null ? null : median(rounds[index].map((round) => round[name]));
    const names = ["msPerStep", "cpuMs", "reads", "halfLines", "lines", "journalLines"];
    const wrongLines = rounds[index].reduce((sum, round) => sum + round.wrongLines, 0);
    return { beside, steps, ...Object.fromEntries(names.map((name) => [name, of(name)])), wrongLines };
  });
}

async function measureRun({ words, isOwn = false }, steps) {
  const laid = layWorkflow({ ...longWorkflow({ steps }), "replay.yaml": answers("0s") });
  const run = startRun(laid);
  const reader =
    words === undefined ? undefined : await startReader(words(laid), { isOwn, journal: laid.journal });
  const code = await run.ended;
  if (code !== 0) throw new Error(`the run to be measured ended with ${code}`);
  const seen = (await reader?.seen) ?? {
    cpuMs: null,
    reads: null,
    halfLines: null,
    lines: null,
    wrongLines: 0,
  };
  const starts = await readStepStarts(laid.journal);
  const journalLines = readFileSync(laid.journal, "utf8").split("\n").length - 1;
  return { msPerStep: (starts[steps] - starts[1]) / (steps - 1), journalLines, ...seen };
}

/** The follower of this folder tells of itself; Longhaul's prints every event, and is watched from outside. */
async function startReader(words, { isOwn, journal }) {
  while (!existsSync(journal)) await sleep(1);
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  const cpu = isOwn ? sampleCpu(child.pid) : undefined;
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (printed += text));
  const ended = new Promise((resolve) => child.once("close", resolve));
  return { seen: ended.then(() => (cpu ? { ...judge(printed), cpuMs: cpu.stop() } : JSON.parse(printed))) };
}

function judge(printed) {
  const lines = printed.trimEnd().split("\n");
  const wrongLines = lines.filter((line, index) => JSON.parse(line).seq !== index + 1).length;
  return { reads: null, halfLines: null, lines: lines.length, wrongLines };
}
