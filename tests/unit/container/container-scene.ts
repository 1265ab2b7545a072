import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { type Places, placesBelow } from "../../../src/container/places.ts";

/** The places of a container in a temporary directory, and what is said there. */
export interface ContainerScene {
  readonly places: Places;
  readonly said: readonly string[];
  readonly say: (text: string) => void;
  /** Writes files below the root of the container, with the time of the day when it is given. */
  write(files: Readonly<Record<string, string>>, isoTime?: string): void;
  text(file: string): string;
  at(file: string): string;
}

export function createContainer(): ContainerScene {
  const root = mkdtempSync(path.join(tmpdir(), "longhaul-container-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const places = placesBelow(root);
  for (const place of [places.workflow, places.workspace, places.home, places.runs, places.temporary])
    mkdirSync(place);
  const said: string[] = [];
  const at = (file: string): string => path.join(root, file);
  return {
    places,
    said,
    at,
    say: (text) => said.push(text),
    text: (file) => readFileSync(at(file), "utf8"),
    write(files, isoTime) {
      for (const [file, content] of Object.entries(files)) {
        mkdirSync(path.dirname(at(file)), { recursive: true });
        writeFileSync(at(file), content);
        if (isoTime !== undefined) utimesSync(at(file), new Date(isoTime), new Date(isoTime));
      }
    },
  };
}

/** A journal and run.json as a run leaves them, as far as the supervisor reads them. */
export const recordedRun = ({
  runId = "default",
  startIds,
  exitCode,
}: {
  readonly runId?: string;
  readonly startIds: readonly string[];
  readonly exitCode: number | null;
}): Readonly<Record<"journal.jsonl" | "run.json", string>> => {
  const workflow = { name: "flow", path: "/home/me/flow", hash: "" };
  const events = startIds.map((start_id, index) =>
    index === 0
      ? { type: "run.started", run_id: runId, workflow, start_id }
      : { type: "run.resumed", start_id },
  );
  return {
    "journal.jsonl": events.map((event) => `${JSON.stringify(event)}\n`).join(""),
    "run.json": JSON.stringify({ run_id: runId, workflow, exit_code: exitCode }),
  };
};
