const CONTAINER_ID = /\/containers\/([0-9a-f]{64})\//;

interface Start {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `/proc/self/mountinfo`. */
  readonly mounts: string;
  readonly hostName: string;
}

/**
 * The id of this start, the same when this container comes back: what run.sh minted, else the container's own id. The host
 * name is only the last resort, because in the host's network it is that of the host.
 */
export const startIdOf = ({ environment, mounts, hostName }: Start): string =>
  environment["LONGHAUL_START_ID"] || (CONTAINER_ID.exec(mounts)?.[1] ?? hostName);
