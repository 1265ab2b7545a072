import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { writeFileAtomic } from "./atomic-file.ts";
import type { FileSystem } from "./file-system.ts";
import { readText, systemFiles } from "./files.ts";
import { runLayout } from "./layout.ts";
import { errorCode } from "./storage-failure.ts";

/** What another process asks the holder of a run to do; each request is a file in `requests/`. */
export const requestSchema = z.object({
  format: z.literal(1),
  kind: z.literal("stop"),
  at: z.iso.datetime(),
  /** Who asks, for display. */
  by: z.string(),
});
export type Request = z.infer<typeof requestSchema>;

/** Leaves a request for the holder of the run. It appears in one step, never half written. */
export function writeRequest(runDir: string, request: Request, files: FileSystem = systemFiles): void {
  const { requests } = runLayout(runDir);
  files.makeDirectory(requests);
  const path = join(requests, `${request.kind}-${randomUUID()}.json`);
  writeFileAtomic({ path, content: `${JSON.stringify(request)}\n`, durable: true, files });
}

/** The waiting requests; skips files that are not requests. Costs one directory read when there are none. */
export function pendingRequests(runDir: string, files: FileSystem = systemFiles): readonly Request[] {
  const { requests } = runLayout(runDir);
  return requestFiles(requests, files).flatMap((name) => {
    const parsed = requestSchema.safeParse(parseOrNull(readText(files, join(requests, name))));
    return parsed.success ? [parsed.data] : [];
  });
}

/**
 * Removes all requests: the holder has acted on them, or a person has started the run again since. Only for the holder
 * of the run.
 */
export function dropRequests(runDir: string, files: FileSystem = systemFiles): void {
  const { requests } = runLayout(runDir);
  for (const name of requestFiles(requests, files)) files.remove(join(requests, name));
}

function requestFiles(directory: string, files: FileSystem): readonly string[] {
  try {
    return files.list(directory).filter((name) => name.endsWith(".json"));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}

function parseOrNull(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null; // not written by writeRequest
  }
}
