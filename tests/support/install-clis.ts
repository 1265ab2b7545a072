import { installClis } from "./clis.ts";

/** Once before the suite, where no test's time limit counts what the registry and the unpacking take. */
export async function setup(): Promise<void> {
  await installClis();
}
