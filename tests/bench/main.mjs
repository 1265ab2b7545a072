/**
 * `npm run bench [-- cost scale shapes context beside peers] [--full] [--json]`: what Longhaul costs on this machine. Topics by name,
 * else all of them; `--full` measures ten times as many steps. Nothing is asserted here; a share above 1 misses its goal.
 */
import { parseArgs } from "node:util";
import { measureBeside } from "./beside.mjs";
import { measureContext } from "./context.mjs";
import { measurePeers } from "./peers.mjs";
import { number, table } from "./report.mjs";
import { goalsOfScale, measureScale } from "./scale.mjs";
import { goalsOfShapes, measureShapes } from "./shapes.mjs";
import { measureStepCost } from "./step-cost.mjs";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { full: { type: "boolean", default: false }, json: { type: "boolean", default: false } },
});

const GOALS = [
  ["what", ({ what }) => what],
  ["measured", ({ measured }) => measured],
  ["goal", ({ goal }) => goal],
  ["share of goal", ({ share }) => number(share, 2)],
];

const TOPICS = {
  cost: {
    title: "What a step and a start cost, against the bare work",
    measure: measureStepCost,
    tables: (rows) => [
      [
        [
          ["what", ({ what }) => what],
          ["Longhaul ms", ({ ownMs }) => number(ownMs, 2)],
          ["bare ms", ({ bareMs }) => number(bareMs, 2)],
          ["goal ms", ({ allowedMs }) => number(allowedMs, 2)],
          ["share of goal", ({ share }) => number(share, 2)],
          ["goal", ({ against }) => against],
        ],
        rows,
      ],
    ],
  },
  scale: {
    title: "Long runs: half replayed agent steps, half branch steps",
    measure: ({ progress }) =>
      measureScale({ sizes: flags.full ? [100, 1000, 10_000, 100_000] : [100, 1000, 10_000], progress }),
    tables: (rows) => [
      [
        [
          ["steps", ({ steps }) => String(steps)],
          ["ms a step around 1,000", ({ earlyMs }) => number(earlyMs, 2)],
          ["over the last 1,000", ({ lateMs }) => number(lateMs, 2)],
          ["MB at 1,000", ({ earlyMb }) => number(earlyMb, 0)],
          ["least in last third", ({ lateMb }) => number(lateMb, 0)],
          ["most", ({ mostMb }) => number(mostMb, 0)],
          ["journal MB", ({ journalMb }) => number(journalMb, 1)],
          ["directory MB", ({ diskMb }) => number(diskMb, 0)],
          ["inodes", ({ inodes }) => String(inodes)],
          ["resume ms", ({ resumeMs }) => number(resumeMs, 0)],
          ["run, finished ms", ({ finishedMs }) => number(finishedMs, 0)],
          ["status ms", ({ statusMs }) => number(statusMs, 0)],
          ["show ms", ({ showMs }) => number(showMs, 0)],
        ],
        rows,
      ],
      [GOALS, goalsOfScale(rows)],
    ],
  },
  shapes: {
    title: "What a step costs in runs of different shapes: half replayed agent steps, half branch steps",
    measure: ({ progress }) =>
      measureShapes({ size: 2000, longSteps: flags.full ? 100_000 : undefined, progress }),
    tables: (rows) => [
      [
        [
          ["graph", ({ what }) => what],
          ["nodes", ({ nodes }) => String(nodes)],
          ["keys", ({ keys }) => String(keys)],
          ["steps", ({ steps }) => String(steps)],
          ["ms a step", ({ ms }) => number(ms, 2)],
          ["processor ms a step", ({ cpuMs }) => number(cpuMs, 2)],
          ["times the first row", ({ growth }) => number(growth, 2)],
        ],
        rows,
      ],
      [GOALS, goalsOfShapes(rows)],
    ],
  },
  context: {
    title: "Long runs with a large context, filled by the first step",
    measure: ({ progress }) => measureContext({ steps: flags.full ? 10_000 : 1000, progress }),
    tables: (rows) => [
      [
        [
          ["context", ({ what }) => what],
          ["steps", ({ steps }) => String(steps)],
          ["ms a step over the last 1,000", ({ lateMs }) => number(lateMs, 2)],
          ["most MB of memory", ({ mostMb }) => number(mostMb, 0)],
          ["journal MB", ({ journalMb }) => number(journalMb, 1)],
          ["directory MB", ({ diskMb }) => number(diskMb, 0)],
          ["inodes", ({ inodes }) => String(inodes)],
          ["resume ms", ({ resumeMs }) => number(resumeMs, 0)],
        ],
        rows,
      ],
    ],
  },
  beside: {
    title: "A run whose journal another process reads while it grows",
    measure: ({ progress }) => measureBeside({ steps: flags.full ? 10_000 : 1000, progress }),
    tables: (rows) => [
      [
        [
          ["read by", ({ beside }) => beside],
          ["steps", ({ steps }) => String(steps)],
          ["ms a step", ({ msPerStep }) => number(msPerStep, 2)],
          ["reader's processor ms", ({ cpuMs }) => number(cpuMs, 0)],
          ["looks that found something", ({ reads }) => number(reads, 0)],
          ["of them half a line", ({ halfLines }) => number(halfLines, 0)],
          ["lines read", ({ lines }) => number(lines, 0)],
          ["lines written", ({ journalLines }) => number(journalLines, 0)],
          ["wrong lines taken as true", ({ wrongLines }) => String(wrongLines)],
        ],
        rows,
      ],
    ],
  },
  peers: {
    title: "The same number of steps in other durable engines, all on this disk, all synced",
    measure: ({ progress }) => measurePeers({ steps: flags.full ? 10_000 : 1000, progress }),
    tables: (rows) => [
      [
        [
          ["engine", ({ engine }) => engine],
          ["synced by", ({ durability }) => durability],
          ["steps", ({ steps }) => String(steps)],
          ["ms a step", ({ msPerStep }) => number(msPerStep, 2)],
          ["bytes on disk a step", ({ bytesPerStep }) => number(bytesPerStep, 0)],
          ["note", ({ note }) => note],
        ],
        rows,
      ],
    ],
  },
};

const unknown = positionals.filter((name) => !Object.hasOwn(TOPICS, name));
if (unknown.length > 0) {
  process.stderr.write(
    `There is no topic ${unknown.join(", ")}; there are: ${Object.keys(TOPICS).join(", ")}.\n`,
  );
  process.exit(2);
}

const results = {};
for (const [name, { title, measure, tables }] of Object.entries(TOPICS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const startedMs = performance.now();
  const progress = (doing) =>
    process.stderr.write(`${name}, ${((performance.now() - startedMs) / 1000).toFixed(0)} s: ${doing}\n`);
  results[name] = await measure({ progress });
  if (flags.json) continue;
  const texts = tables(results[name]).map(([columns, rows]) => table(columns, rows));
  process.stdout.write(`\n${title}\n\n${texts.join("\n")}`);
}
if (flags.json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
