/** One process as the sweep sees it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Session id; 0 where the platform does not report it. */
  readonly session: number;
  /** Neither a zombie nor being torn down, so it can still act. */
  readonly alive: boolean;
  /** Start time, only to be compared with other values of this field: clock ticks since boot on Linux. */
  readonly started: string;
  /** Its environment as `NAME=value` bytes; empty when it is unreadable or overwritten. */
  readonly environment: () => Buffer;
}
