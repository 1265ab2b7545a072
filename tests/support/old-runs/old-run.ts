/** A run directory that an older version left, as tests/fixtures/old-runs keeps it; README.md there has the format. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

export const OLD_RUNS = join(import.meta.dirname, "../../fixtures/old-runs");

/** One start of the command that goes on with the run. */
export interface OldStart {
  readonly args: readonly string[];
  readonly code: number;
  readonly env?: Readonly<Record<string, string>>;
  /** What is there before it, below the root. */
  readonly files?: Readonly<Record<string, string>>;
  /** How long after the last event it is; an hour unless told. */
  readonly clockS?: number;
}

export type OldEntry =
  | { readonly kind: "file"; readonly path: string; readonly changed: string; readonly text: string }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  | { readonly kind: "folder"; readonly path: string };

export interface OldRun {
  readonly name: string;
  readonly shows: string;
  /** Its name in the runs directory. */
  readonly run: string;
  readonly cli: string;
  readonly resume: readonly OldStart[];
  readonly entries: readonly OldEntry[];
}

/** All runs kept. @throws Error for one that is not written as README.md says. */
export const oldRuns = (): readonly OldRun[] =>
  readdirSync(OLD_RUNS)
    .filter((file) => file.endsWith(".run"))
    .map((file) => readOldRun(file.slice(0, -".run".length)));

function readOldRun(name: string): OldRun {
  const text = readFileSync(join(OLD_RUNS, `${name}.run`), "utf8");
  const [about = "", ...sections] = text.split(/^@@@ /m).slice(1);
  const { shows, run, cli, resume } = JSON.parse(about.slice("about\n".length)) as OldRun; // what the recorder wrote
  return { name, shows, run, cli, resume, entries: sections.map(entryOf) };
}

function entryOf(section: string): OldEntry {
  const head = section.slice(0, section.indexOf("\n"));
  const [kind, path = "", ...rest] = head.split(" ");
  if (kind === "folder") return { kind, path };
  if (kind === "link") return { kind, path, target: rest[1] ?? "" };
  if (kind !== "file") throw new Error(`An archive has no entry such as "${head}".`);
  const [changed = "", form] = rest;
  return { kind, path, changed, text: textOf(section.slice(head.length + 1), form) };
}

function textOf(body: string, form: string | undefined): string {
  if (form === "gzip") return gunzipSync(Buffer.from(body, "base64")).toString("utf8");
  return form === "no-line-end" ? body.slice(0, -1) : body;
}
