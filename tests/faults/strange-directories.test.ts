import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { sealText } from "../../src/store/sealed-text.ts";
import { artifactsOf, crashScene, differences, expectSoundJournal, resume } from "../support/crash-run.ts";
import { recordFault } from "../support/fault-matrix.ts";
import { timedTreeOf } from "../support/run-directory.ts";
import { type StrangeRun, strangeRun } from "../support/strange-run.ts";

type Damage = (run: StrangeRun) => void;

interface Strange {
  readonly fault: string;
  readonly damages: readonly Damage[];
  /** Texts of the message of a start that is refused; without them it goes on to its end. */
  readonly refusal?: readonly string[];
  /** Artifacts of the ended run that are not those of the undisturbed one. */
  readonly differs?: RegExp;
}

const MOVE_AWAY = ["is in place of this run's", "Move it away", "Nothing was changed."];
const DAMAGED = ["The journal is damaged", "so this is no cut-off write", "Nothing was changed.", "--repair"];
const NO_EVENT = ["holds no event that can be read", "Nothing was changed.", "--fresh"];

const STRANGE: readonly Strange[] = [
  {
    fault: "the journal is empty, garbage or zeros",
    damages: [
      write("journal.jsonl", ""),
      write("journal.jsonl", garbage(4096)),
      write("journal.jsonl", Buffer.alloc(9000)),
    ],
    refusal: NO_EVENT,
  },
  {
    fault: "garbage stands behind the last line of the journal",
    damages: [
      append(garbage(5000)),
      append("not a line\n"),
      append(Buffer.alloc(512)),
      append('{"seq":29,"batch":2'),
    ],
  },
  {
    fault: "a line of the journal is damaged, missing, doubled or out of order",
    damages: [
      ...[1, 9, 21].map((line) => flip(line)),
      edit((lines) => lines.toSpliced(3, 1)),
      edit((lines) => lines.toSpliced(3, 0, lines[3] ?? "")),
      edit((lines) => lines.toSpliced(3, 2, lines[4] ?? "", lines[3] ?? "")),
    ],
    refusal: DAMAGED,
  },
  {
    // The resume, the branch after it and the intent of the script are one write.
    fault: "a line of the last write is missing, right after the checkpoint",
    damages: [edit((lines, { checkpointLines }) => lines.toSpliced(checkpointLines, 1))],
  },
  {
    fault: "the journal ends before what its checkpoint stands for",
    damages: [1, 2, 100, 700, 3000].map(
      (bytes) => (run) => truncateSync(run.journal, run.checkpointOffset - bytes),
    ),
    refusal: ["The journal has lost events", "Nothing was changed.", "--repair"],
  },
  {
    fault: "the journal is gone, or a link that leads nowhere",
    damages: [
      remove("journal.jsonl"),
      linkTo("journal.jsonl", "nowhere"),
      linkTo("journal.jsonl", "journal.jsonl"),
    ],
    refusal: ["has lost its journal", "Nothing was changed.", "--fresh"],
  },
  {
    fault: "a directory or a pipe stands where a file belongs",
    damages: ["journal.jsonl", "checkpoint.json", "run.json", "context.json", "longhaul.log"].flatMap(
      (name) => [directory(name), pipe(name)],
    ),
    refusal: MOVE_AWAY,
  },
  {
    fault: "a file or a link to nothing stands where a directory belongs",
    damages: ["", "steps", "blobs", "requests", "steps/000006-work"].flatMap((name) => [
      write(name, "x"),
      ...(name === "steps/000006-work" ? [] : [linkTo(name, "nowhere")]),
    ]),
    refusal: MOVE_AWAY,
  },
  {
    fault: "the journal is of a newer format, or has an event that this version does not know",
    damages: [
      edit((lines) => [
        reseal(lines[0] ?? "", (line) => line.replace('"format":1', '"format":2')),
        ...lines.slice(1),
      ]),
      edit((lines) => [...lines, unknownEvent(lines)]),
    ],
    refusal: ["Nothing was changed.", "Use the version of Longhaul that wrote it, or a newer one."],
  },
  {
    fault: "the checkpoint is of a newer format",
    damages: [
      (run) =>
        writeFileSync(
          run.checkpoint,
          reseal(readFileSync(run.checkpoint, "utf8"), (text) => text.replace('"format":1', '"format":2')),
        ),
    ],
    refusal: ["has format 2", "Use the version of Longhaul that wrote it, or a newer one."],
  },
  {
    fault: "the checkpoint is cut off, empty, garbage or gone",
    damages: [
      ...[0, 1, 500, 2000].map(
        (bytes): Damage =>
          (run) =>
            truncateSync(run.checkpoint, bytes),
      ),
      write("checkpoint.json", garbage(3000)),
      remove("checkpoint.json"),
      linkTo("checkpoint.json", "nowhere"),
    ],
  },
  {
    fault: "views are empty, garbage, of a newer format or gone",
    damages: [
      write("run.json", ""),
      write("run.json", '{"format":2,"status":"finished","exit_code":0}'),
      write("context.json", garbage(100)),
      remove("run.json"),
      remove("longhaul.log"),
    ],
  },
  {
    fault: "the link to the newest visit of a node is a directory or a file of somebody else",
    damages: [
      (run) =>
        ["plan", "work", "review"].forEach((name) => {
          directory(name)(run);
          write(`${name}/mine`, "x")(run);
        }),
      (run) => ["plan", "work", "review"].forEach((name) => write(name, "x")(run)),
    ],
    differs: /^(plan|work|review)\b/,
  },
  {
    fault: "what other processes left for the run is garbage or of a newer format",
    damages: [
      write("requests/a.json", garbage(100)),
      write("requests/a.json", '{"format":2,"kind":"stop","at":"2026-01-01T00:00:00.000Z","by":"x"}'),
      directory("requests/a.json"),
      write("steps/000006-work/attempts/01/process.json", garbage(100)),
    ],
    differs: /^requests\//,
  },
  {
    fault: "the note of a --fresh that was cut off is garbage",
    damages: [(run) => write("archiving/crash-default.json", "{", run.shared)(run)],
    refusal: ["is not what `--fresh` writes", "Nothing was changed.", "Remove that file"],
  },
  {
    fault: "the journal is a link to a file elsewhere",
    damages: [
      (run) => {
        renameSync(run.journal, run.scene.path("elsewhere.jsonl"));
        symlinkSync(run.scene.path("elsewhere.jsonl"), run.journal);
      },
    ],
  },
];

it("goes on from the last good state of a strange run directory, or refuses it and touches nothing", async ({
  task,
}) => {
  const undisturbed = crashScene();
  await resume(undisturbed);
  const expected = artifactsOf(undisturbed);
  const run = await strangeRun();
  const troubles: string[] = [];
  for (const strange of STRANGE) {
    const seen = { changed: 0, ended: 0 };
    for (const [number, damage] of strange.damages.entries()) {
      run.rewind();
      damage(run);
      const { problems, changed } = await outcomeOf(run, strange, expected);
      troubles.push(...problems.map((problem) => `${strange.fault} (${number + 1}): ${problem}`));
      seen.changed += changed;
      seen.ended += problems.length === 0 ? 1 : 0;
    }
    recordFault(task, {
      promise: 1,
      fault: strange.fault,
      how: "a run with a checkpoint, killed in its sixth step, damaged before the same command is started again",
      injected: strange.damages.length,
      ...(strange.refusal
        ? {
            found: { "files and times changed by the refusals": seen.changed },
            outcome: "refused with exit 2, what was found and the way out",
          }
        : {
            found: { "runs that ended as the undisturbed one": seen.ended },
            outcome: "goes on from the last good state",
          }),
    });
  }
  expect(troubles).toEqual([]);
});

interface Outcome {
  readonly problems: readonly string[];
  /** How many files and directories the start has written to, made or removed. */
  readonly changed: number;
}

async function outcomeOf(
  run: StrangeRun,
  { refusal, differs }: Strange,
  expected: Readonly<Record<string, unknown>>,
): Promise<Outcome> {
  const before = timedTreeOf(run.scene.root);
  const { code, stderr, report } = await run.start();
  const after = timedTreeOf(run.scene.root);
  const changed = Object.keys({ ...before, ...after }).filter((name) => before[name] !== after[name]);
  if (code !== (refusal === undefined ? 0 : 2)) return { problems: [report], changed: changed.length };
  if (refusal === undefined) {
    expectSoundJournal(run.scene);
    const found = differences(artifactsOf(run.scene), expected);
    return { problems: found.filter((line) => differs?.test(line) !== true), changed: changed.length };
  }
  const unsaid = refusal.filter((text) => !stderr.includes(text));
  const problems = [
    ...unsaid.map((text) => `does not say ${text}, but: ${stderr}`),
    ...changed.map((name) => `has changed ${name}`),
  ];
  return { problems, changed: changed.length };
}

/** Writes a file anew, in the run directory unless told otherwise. */
function write(name: string, content: string | Buffer, below?: string): Damage {
  return ({ dir }) => {
    const path = join(below ?? dir, name);
    rmSync(path, { recursive: true, force: true });
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  };
}

function remove(name: string): Damage {
  return ({ dir }) => rmSync(join(dir, name), { recursive: true });
}

function directory(name: string): Damage {
  return (run) => {
    rmSync(join(run.dir, name), { recursive: true, force: true });
    mkdirSync(join(run.dir, name), { recursive: true });
  };
}

function pipe(name: string): Damage {
  return ({ dir }) => {
    rmSync(join(dir, name), { recursive: true, force: true });
    execFileSync("mkfifo", [join(dir, name)]);
  };
}

function linkTo(name: string, target: string): Damage {
  return ({ dir }) => {
    rmSync(join(dir, name), { recursive: true, force: true });
    symlinkSync(target, join(dir, name));
  };
}

function append(content: string | Buffer): Damage {
  return ({ journal }) => appendFileSync(journal, content);
}

function edit(change: (lines: readonly string[], run: StrangeRun) => readonly string[]): Damage {
  return (run) => writeFileSync(run.journal, `${change(run.lines, run).join("\n")}\n`);
}

/** Changes one character in the middle of a line. */
function flip(number: number): Damage {
  return edit((lines) =>
    lines.map((line, index) => (index === number ? line.replace('"at":"2', '"at":"3') : line)),
  );
}

/** A line or a checkpoint as one would have been written that says something else. */
function reseal(text: string, change: (text: string) => string): string {
  return sealText(change(text).replace(/,"sum":"[0-9a-f]{8}"\}$/, "}")).text;
}

function unknownEvent(lines: readonly string[]): string {
  const next = lines.length + 1;
  return reseal(lines.at(-1) ?? "", (line) =>
    line
      .replace(/"seq":\d+,"batch":\d+/, `"seq":${next},"batch":${next}`)
      .replace(/"type":"[a-z.]+"/, '"type":"approval.asked"'),
  );
}

function garbage(bytes: number): Buffer {
  return Buffer.from(Array.from({ length: bytes }, (_, index) => (index * 7919 + 3) % 251));
}
