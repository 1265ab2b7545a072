const CONTAINER_ID = /\/containers\/([0-9a-f]{64})\//;

interface Start {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `/proc/self/mountinfo`. */
  readonly mounts: string;
  readonly hostName: string;
}

/**
 * Returns the id of this start, which stays the same when the container restarts: run.sh's id, else the container's. The host
 * name is the last resort, because with the host's network it is the host's.
 */
export const startIdOf = ({ environment, mounts, hostName }: Start): string =>
  environment["LONGHAUL_START_ID"] || (CONTAINER_ID.exec(mounts)?.[1] ?? hostName);
