/**
 * `node follow-journal.mjs JOURNAL PAUSE_MS`: reads a journal while another process writes it, until the run has finished.
 * Takes what it reads as true up to the last end of a line; prints what it saw as JSON.
 */
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const [journal, pauseMs] = [process.argv[2], Number(process.argv[3])];
const seen = { isFinished: false, reads: 0, halfLines: 0, lines: 0, wrongLines: 0 };
const buffer = Buffer.alloc(1024 * 1024);
let rest = Buffer.alloc(0);

while (!existsSync(journal)) await sleep(1);
const file = openSync(journal, "r");
while (!seen.isFinished) {
  const bytes = readSync(file, buffer, 0, buffer.length, null);
  if (bytes > 0) take(buffer.subarray(0, bytes));
  await sleep(pauseMs);
}
closeSync(file);
const { user, system } = process.cpuUsage();
process.stdout.write(`${JSON.stringify({ ...seen, cpuMs: (user + system) / 1000 })}\n`);

function take(bytes) {
  seen.reads += 1;
  const text = Buffer.concat([rest, bytes]);
  const end = text.lastIndexOf("\n") + 1;
  rest = Buffer.from(text.subarray(end));
  if (rest.length > 0) seen.halfLines += 1;
  for (const line of text.subarray(0, end).toString("utf8").split("\n").slice(0, -1)) {
    seen.lines += 1;
    if (!isNext(line)) seen.wrongLines += 1;
  }
}

/** Whether it is the event that has to come after those before it. */
function isNext(line) {
  try {
    const { seq, type } = JSON.parse(line);
    seen.isFinished = type === "run.finished";
    return seq === seen.lines;
  } catch {
    return false;
  }
}
