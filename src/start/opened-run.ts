import type { Clock } from "../core/clock.ts";
import type { EventOf, JournalEvent, StampedEvent } from "../core/event.ts";
import type { RunState } from "../core/run-state.ts";
import type { StoredRun } from "../runs/stored-run.ts";
import type { FileSystem } from "../store/file-system.ts";
import type { StoredJournal } from "../store/journal.ts";

export interface OpenRunPorts {
  readonly clock: Clock;
  readonly stillHeld: () => boolean;
  /** Kills all processes that an earlier start of this run left behind. Returns when they are gone. */
  readonly sweep: (state: RunState) => Promise<void>;
  /** Finds out how far the attempt got that was cut off; undefined when none was running. */
  readonly inspectCut: (state: RunState) => Promise<EventOf<"attempt.interrupted"> | undefined>;
  /** Receives messages about what was repaired, archived or edited. */
  readonly say: (message: string) => void;
  /** The file system of the run directory. Tests pass one that fails. */
  readonly files?: FileSystem | undefined;
}

export type OpenedRun =
  /** The run is finished or was stopped by request, and this start does not continue it. Nothing was changed. */
  | { readonly kind: "finished"; readonly stored: StoredRun }
  | {
      readonly kind: "open";
      readonly state: RunState;
      /** The run as it was stored; undefined for a new run. */
      readonly stored: StoredRun | undefined;
      /** Events that are already durable: the start of a new run. */
      readonly written: readonly JournalEvent[];
      /** Events that are in the state and are written with the loop's first intent. */
      readonly opening: readonly StampedEvent[];
      readonly journal: StoredJournal;
    };
