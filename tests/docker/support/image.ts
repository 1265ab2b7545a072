/** The image under test, built from this checkout as a user builds it. */
import { cp } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { mustRun } from "./command.ts";

export const CHECKOUT = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
export const TEST_IMAGE = "longhaul:test";

const SHIPPED = [
  "run.sh entrypoint.sh compose.yaml Dockerfile .dockerignore workflows src tests/clis/package.json",
  "tests/clis/package-lock.json package.json package-lock.json tsconfig.json",
].flatMap((line) => line.split(" "));

/** A copy of what a user has of this checkout, without git and without what was built. */
export async function copyCheckout(to: string): Promise<void> {
  for (const path of SHIPPED) await cp(join(CHECKOUT, path), join(to, path), { recursive: true });
}

let built: Promise<string> | undefined;

/** Builds once in this process; after the first build the engine has every layer. Returns what the build printed. */
export function buildImage(): Promise<string> {
  built ??= mustRun("docker", ["build", "--progress", "plain", "-t", TEST_IMAGE, CHECKOUT]);
  return built;
}

export async function imageSizeMb(image: string): Promise<number> {
  const bytes = await mustRun("docker", ["image", "inspect", "--format", "{{.Size}}", image]);
  return Math.round(Number(bytes) / 1e6);
}
