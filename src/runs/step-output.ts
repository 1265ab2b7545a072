import { readdirSync, type Stats, statSync } from "node:fs";
import path from "node:path";
import type { FileSystem, OpenFile } from "../store/file-system.ts";
import { systemFiles } from "../store/files.ts";
import { runLayout } from "../store/layout.ts";
import { asStorageFailure } from "../store/storage-failure.ts";

/** A step's folder in a run directory. */
export interface StepFolder {
  readonly step: number;
  readonly node: string;
  readonly directory: string;
}

/** The folder of the step with this number, or of the newest visit of the node; undefined when there was none. */
export function findStepFolder(runDir: string, wanted: number | string): StepFolder | undefined {
  const { steps } = runLayout(runDir);
  const folders = namesIn(steps).flatMap((name) => {
    const [, number, node] = /^(\d+)-(.+)$/.exec(name) ?? [];
    if (number === undefined || node === undefined) return [];
    return [{ step: Number(number), node, directory: path.join(steps, name) }];
  });
  return folders
    .filter(({ step, node }) => step === wanted || node === wanted)
    .toSorted((left, right) => left.step - right.step)
    .at(-1);
}

/** Every process of a step has a numbered folder in one of these. */
const PROCESS_FOLDERS = ["attempts", "compactions", "probes"];
const OUTPUT_FILES = ["stdout.log", "events.jsonl", "stderr.log"];
const CHUNK_BYTES = 64 * 1024;

export interface OutputPiece {
  /** Relative to the step's folder. */
  readonly file: string;
  /** Valid until the next piece is read. */
  readonly bytes: Uint8Array;
}

/** Reads the output of a step's processes, one after the other. Each call continues where the last one ended. */
export function createOutputReader(
  directory: string,
  files: FileSystem = systemFiles,
): () => Generator<OutputPiece, void, undefined> {
  const read = new Map<string, number>();
  return function* news() {
    for (const folder of processFolders(directory)) {
      for (const name of OUTPUT_FILES) {
        const file = path.join(folder, name);
        const handle = openIfGrown(files, path.join(directory, file), read.get(file) ?? 0);
        if (handle === undefined) continue;
        try {
          for (const bytes of piecesFrom(handle, read.get(file) ?? 0)) {
            read.set(file, (read.get(file) ?? 0) + bytes.length);
            yield { file, bytes };
          }
        } finally {
          handle.close();
        }
      }
    }
  };
}

/** The folders in the order in which their processes ran. A step runs one process at a time, so the last writes give the order. */
function processFolders(directory: string): readonly string[] {
  const folders = PROCESS_FOLDERS.flatMap((kind) =>
    namesIn(path.join(directory, kind))
      .toSorted()
      .map((name) => path.join(kind, name)),
  );
  const lastWrite = (folder: string) =>
    Math.max(...OUTPUT_FILES.map((name) => statOf(path.join(directory, folder, name))?.mtimeMs ?? 0));
  return folders
    .map((folder) => ({ folder, atMs: lastWrite(folder) }))
    .toSorted((left, right) => left.atMs - right.atMs)
    .map(({ folder }) => folder);
}

function openIfGrown(files: FileSystem, file: string, readBytes: number): OpenFile | undefined {
  const size = statOf(file)?.size ?? 0;
  return size > readBytes ? files.open(file, "read") : undefined;
}

function* piecesFrom(handle: OpenFile, start: number): Generator<Uint8Array, void, undefined> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let position = start;
  for (let count = handle.read(chunk, position); count > 0; count = handle.read(chunk, position)) {
    position += count;
    yield chunk.subarray(0, count);
  }
}

const namesIn = (directory: string): readonly string[] =>
  statOf(directory)?.isDirectory() === true ? readingPlace(directory, () => readdirSync(directory)) : [];

const statOf = (place: string): Stats | undefined =>
  readingPlace(place, () => statSync(place, { throwIfNoEntry: false }));

/** @throws StorageFailure that names the place which this user may not read. */
function readingPlace<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw asStorageFailure(place, error);
  }
}
