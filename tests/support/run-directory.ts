import { createHash } from "node:crypto";
import { type Dirent, existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { eventBodySchema, envelopeSchema, type JournalEvent } from "../../src/core/event.ts";

/** The contents of a run directory, read without Longhaul's store. */
export interface RunDirectory {
  readonly dir: string;
  readonly journal: string;
  readonly events: readonly JournalEvent[];
  ofType<T extends JournalEvent["type"]>(type: T): readonly Extract<JournalEvent, { type: T }>[];
  /** Any JSON file below the directory. */
  json(...parts: string[]): JsonFile;
  text(...parts: string[]): string;
}

/** Parsed JSON; the assertions check its fields. */
export interface JsonFile {
  readonly [field: string]: JsonFile;
}

export function openRunDirectory(dir: string): RunDirectory {
  const journal = readFileSync(join(dir, "journal.jsonl"), "utf8");
  const events = parseJournal(journal.slice(0, journal.lastIndexOf("\n") + 1), dir); // it may still be written
  const text = (...parts: string[]) => readFileSync(join(dir, ...parts), "utf8");
  return {
    dir,
    journal,
    events,
    // The filter compares the type that this names.
    ofType: (type) => events.filter((event) => event.type === type) as never,
    json: (...parts) => JSON.parse(text(...parts)) as JsonFile, // the tests check its content
    text,
  };
}

/** All lines of a journal as events, with the large values from the run's blobs. Any other line fails the test. */
export function parseJournal(text: string, dir?: string): readonly JournalEvent[] {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const value: unknown = JSON.parse(line, (_key, item: unknown) => blobOf(item, dir) ?? item);
    return { ...envelopeSchema.parse(value), ...eventBodySchema.parse(value) };
  });
}

function blobOf(item: unknown, dir: string | undefined): unknown {
  if (dir === undefined || typeof item !== "object" || item === null || !("$blob" in item)) return undefined;
  return JSON.parse(readFileSync(join(dir, "blobs", String(item.$blob)), "utf8"));
}

/** The last lines of every journal below a runs directory, for messages. */
export function journalTail(runsDir: string): string {
  if (!existsSync(runsDir)) return "(no runs directory)";
  const journals = readdirSync(runsDir)
    .map((name) => join(runsDir, name, "journal.jsonl"))
    .filter((path) => existsSync(path) && lstatSync(path).isFile());
  const tails = journals.map((path) => {
    const lines = readFileSync(path, "utf8").trimEnd().split("\n").slice(-8);
    return [path, ...lines.map((line) => line.slice(0, 400))].join("\n");
  });
  return tails.join("\n");
}

/** Every entry below a directory: its kind and the hash of its content. Equal trees are equal byte for byte. */
export function treeOf(dir: string): Readonly<Record<string, string>> {
  const entries = existsSync(dir) ? readdirSync(dir, { withFileTypes: true }) : [];
  const named = entries.toSorted((left, right) => (left.name < right.name ? -1 : 1));
  return Object.assign({}, ...named.map((entry) => subtreeOf(dir, entry)));
}

/** The same with each entry's time of last change. Between two equal trees nothing was written. */
export function timedTreeOf(dir: string): Readonly<Record<string, string>> {
  const timed = Object.entries(treeOf(dir)).map(([name, what]) => [
    name,
    `${what} ${lstatSync(join(dir, name), { bigint: true }).mtimeNs}`,
  ]);
  return { ".": String(lstatSync(dir, { bigint: true }).mtimeNs), ...Object.fromEntries(timed) };
}

function subtreeOf(dir: string, entry: Dirent): Readonly<Record<string, string>> {
  const path = join(dir, entry.name);
  if (entry.isSymbolicLink()) return { [entry.name]: `-> ${readlinkSync(path)}` };
  if (entry.isFile()) return { [entry.name]: contentOf(path) };
  if (!entry.isDirectory()) return { [entry.name]: "neither file nor directory" };
  const below = Object.entries(treeOf(path)).map(([name, what]) => [`${entry.name}/${name}`, what]);
  return { [`${entry.name}/`]: "directory", ...Object.fromEntries(below) };
}

function contentOf(path: string): string {
  const bytes = readFileSync(path);
  return `${bytes.length} ${createHash("sha256").update(bytes).digest("hex")}`;
}
