import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { writeFileAtomic } from "../store/atomic-file.ts";
import { runsRootLayout } from "../store/layout.ts";
import { systemFiles } from "../store/files.ts";
import type { Places } from "./places.ts";
import { runOfStart } from "./run-of-start.ts";
import { userName } from "./user-name.ts";

interface Start {
  readonly places: Places;
  readonly startId: string;
}

/**
 * Returns the exit code of this start, also after restarts of its container; undefined while its run can continue. If power
 * failed before the supervisor stored the code, run.json has it.
 */
export const outcomeOf = ({ places, startId }: Start): number | undefined =>
  keptOutcome(runsRootLayout(places.runs).outcome(startId)) ??
  runOfStart(places, startId)?.exit_code ??
  undefined;

function keptOutcome(file: string): number | undefined {
  try {
    const [code] = /^\d{1,3}$/m.exec(readFileSync(file, "utf8")) ?? [];
    return code === undefined ? undefined : Number(code);
  } catch {
    return undefined;
  }
}

interface Ending extends Start {
  readonly exitCode: number;
  readonly say: (text: string) => void;
}

/**
 * Stores the exit code in the volume, where it outlives the container. If the volume refuses it, the container must not exit,
 * because it would restart for ever. So the failure is only printed: run.sh finds the code in the temporary file, and a start
 * after a reboot finds it in run.json.
 */
export function keepOutcome({ places, startId, exitCode, say }: Ending): void {
  const file = runsRootLayout(places.runs).outcome(startId);
  const content = `${exitCode}\n`;
  try {
    systemFiles.makeDirectory(path.dirname(file));
    writeFileAtomic({ path: file, content, durable: true });
  } catch {
    say(
      `could not keep the exit code ${exitCode} in ${file}: is the volume full, or not writable for ${userName()}?`,
    );
  }
  try {
    writeFileSync(places.unkeptOutcome, content);
  } catch {
    // run.sh reads the volume first.
  }
}
