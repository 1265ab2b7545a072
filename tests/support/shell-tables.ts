import { BACKENDS } from "../../src/backends/table.ts";
import { lentLogins, lentSettings } from "../../src/container/lent-files.ts";

/** `src/container/lent-files`: what the entrypoint copies for the runner's user, as patterns below `/mnt/host`. */
export const lentPatterns = (): string =>
  [
    ...logins(),
    ...lentSettings({}).map(({ lent }) => lent),
    "files/*", // of flags that take a file
    "",
  ].join("\n");

const logins = (): readonly string[] =>
  Object.values(BACKENDS).flatMap((backend) => lentLogins(backend, {}).map(({ lent }) => lent));
