import { installClis } from "./clis.ts";

/** Runs once before the suite, so that download and unpacking do not count towards a test's time limit. */
export async function setup(): Promise<void> {
  await installClis();
}
