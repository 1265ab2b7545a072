/** One process as the sweep sees it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Session id; 0 where the platform does not tell. */
  readonly session: number;
  /** Neither a zombie nor already taken apart: it can still do something. */
  readonly alive: boolean;
  /** Start of the process, comparable only with itself: clock ticks since boot on Linux. */
  readonly started: string;
  /** Its environment as `NAME=value` bytes; empty when it may not be read or was overwritten. */
  readonly environment: () => Buffer;
}
