/**
 * Puts an old run where a test can use it: below the test's own root, on this host, before its last boot, with a uuid that
 * no other test has. Checksums and offsets are computed here, without the code under test, so that this stays a second
 * opinion of what the old format was.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import type { OldEntry, OldRun } from "./old-run.ts";

/** An old run on disk. */
export interface LaidOut {
  readonly old: OldRun;
  readonly root: string;
  readonly runDir: string;
  readonly journal: string;
  /** When its last whole line was written. */
  readonly lastMs: number;
  /** Undoes what `layOut` put in, so that texts of two roots are the same. */
  readonly plain: (text: string) => string;
  /** The root in place of its placeholder. */
  readonly placed: (text: string) => string;
}

export function layOut(old: OldRun, root: string): LaidOut {
  const kept = old.entries.find((entry) => entry.path === `runs/${old.run}/journal.jsonl`);
  if (kept?.kind !== "file") throw new Error(`${old.name} has no journal`);
  const uuid = uuidOf(kept.text);
  const names = { root, uuid, fresh: randomUUID() };
  const placed = (text: string) => placeNames(text, names);
  const journal = sealLines(placed(kept.text));
  for (const entry of old.entries) write(entry, { root, journal, placed });
  return {
    old,
    root,
    runDir: join(root, "runs", old.run),
    journal,
    lastMs: lastTime(journal),
    plain: (text) => takeNames(text, names),
    placed,
  };
}

const NO_SUM = '"@@SUM@@"}';

const uuidOf = (journal: string): string => /"uuid":"([0-9a-f-]{36})"/.exec(journal)?.[1] ?? "no uuid";

interface Names {
  readonly root: string;
  readonly uuid: string;
  readonly fresh: string;
}

/** Claude names the folder of a session after the directory it worked in. */
const asFolder = (path: string): string => path.replaceAll(/[^A-Za-z0-9]/g, "-");

const placeNames = (text: string, { root, uuid, fresh }: Names): string =>
  text
    .replaceAll("@@ROOT@@", root)
    .replaceAll("@@ROOT_AS_FOLDER@@", asFolder(root))
    .replaceAll("@@HOST@@", hostname())
    .replaceAll(uuid, fresh);

const takeNames = (text: string, { root, uuid, fresh }: Names): string =>
  text.replaceAll(root, "@@ROOT@@").replaceAll(asFolder(root), "@@ROOT_AS_FOLDER@@").replaceAll(fresh, uuid);

/** A line that was torn has no place for a checksum, and stays torn. */
const sealLines = (text: string): string => text.split("\n").map(sealed).join("\n");

function sealed(text: string): string {
  if (!text.endsWith(NO_SUM)) return text;
  const body = text.slice(0, -`,"sum":${NO_SUM}`.length);
  return `${body},"sum":"${sumOf(body)}"}`;
}

const sumOf = (text: string): string => crc32(text).toString(16).padStart(8, "0");

/** Its place is kept in lines of the journal, whose lengths change with the root. */
function sealedCheckpoint(text: string, journal: string): string {
  const count = Number(/"offset":@@LINES (\d+)@@/.exec(text)?.[1]);
  const lines = journal.split("\n").slice(0, count);
  const before = Buffer.from(`${lines.join("\n")}\n`);
  const lineSum = /"sum":"([0-9a-f]{8})"\}$/.exec(lines.at(-1) ?? "")?.[1];
  if (lineSum === undefined) throw new Error(`A checkpoint names line ${count}, which has no checksum.`);
  return sealed(
    text
      .replace(`@@LINES ${count}@@`, String(before.length))
      .replace("@@LINE_SUM@@", lineSum)
      .replace("@@JOURNAL_CRC@@", String(crc32(before))),
  );
}

interface Placing {
  readonly root: string;
  readonly journal: string;
  readonly placed: (text: string) => string;
}

function write(entry: OldEntry, { root, journal, placed }: Placing): void {
  const path = join(root, placed(entry.path));
  mkdirSync(entry.kind === "folder" ? path : dirname(path), { recursive: true });
  if (entry.kind === "link") symlinkSync(placed(entry.target), path);
  if (entry.kind !== "file") return;
  writeFileSync(path, contentOf(entry, { journal, placed }));
  const changed = new Date(entry.changed);
  utimesSync(path, changed, changed);
}

function contentOf(
  { path, text }: { readonly path: string; readonly text: string },
  { journal, placed }: Omit<Placing, "root">,
): string {
  if (path.endsWith("/journal.jsonl")) return journal;
  return path.endsWith("/checkpoint.json") ? sealedCheckpoint(placed(text), journal) : placed(text);
}

const lastTime = (journal: string): number =>
  Date.parse([...journal.matchAll(/^\{"seq":.*?"at":"([^"]+)".*\}$/gm)].at(-1)?.[1] ?? "");
