/**
 * The three real agent command lines, at the versions in `tests/clis/package.json`. Installed once for all test files;
 * `npm ci` needs the network only when the lock file has changed.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { withDirectoryLock } from "./directory-lock.ts";

const run = promisify(execFile);

export type CliName = "claude" | "codex" | "copilot";
export const CLI_NAMES: readonly CliName[] = ["claude", "codex", "copilot"];

export interface InstalledClis {
  /** Put this first on PATH to have all three. */
  readonly binDirectory: string;
  readonly claude: string;
  readonly codex: string;
  readonly copilot: string;
  /** Copilot unpacks 235 MB here at its first start. Set XDG_CACHE_HOME to it to unpack only once. */
  readonly cacheDirectory: string;
}

const VERSION_LINES: Readonly<Record<CliName, string>> = {
  claude: "2.1.197 (Claude Code)",
  codex: "codex-cli 0.169.0",
  copilot: "GitHub Copilot CLI 1.0.102.",
};

const CLIS_DIRECTORY = join(dirname(fileURLToPath(import.meta.url)), "..", "clis");
const INSTALL_TIMEOUT_MS = 900_000;
const VERSION_TIMEOUT_MS = 240_000;

/**
 * Installs the pinned CLIs unless they exist, and checks that each prints its version. Safe when several processes call it
 * at once: one installs, the others wait.
 * @throws Error when npm fails or a program is not the one in the lock file.
 */
export async function installClis(): Promise<InstalledClis> {
  const modules = join(CLIS_DIRECTORY, "node_modules");
  const clis = pathsIn(modules);
  const wanted = await manifestHash();
  if ((await installedHash(modules)) === wanted) return clis;
  await withDirectoryLock(join(CLIS_DIRECTORY, ".install-lock"), async () => {
    if ((await installedHash(modules)) === wanted) return;
    await installModules();
    await mkdir(clis.cacheDirectory, { recursive: true });
    for (const name of CLI_NAMES) await checkVersion(name, clis);
    await writeFile(stampFile(modules), wanted);
  });
  return clis;
}

function pathsIn(modules: string): InstalledClis {
  const binDirectory = join(modules, ".bin");
  return {
    binDirectory,
    claude: join(binDirectory, "claude"),
    codex: join(binDirectory, "codex"),
    copilot: join(binDirectory, "copilot"),
    cacheDirectory: join(modules, ".shared-cache"),
  };
}

async function manifestHash(): Promise<string> {
  const hash = createHash("sha256");
  for (const file of ["package.json", "package-lock.json"])
    hash.update(await readFile(join(CLIS_DIRECTORY, file)));
  return hash.digest("hex");
}

/** Written last, so that an install that was killed does not count. */
function stampFile(modules: string): string {
  return join(modules, ".installed-from");
}

async function installedHash(modules: string): Promise<string | null> {
  return access(stampFile(modules)).then(
    () => readFile(stampFile(modules), "utf8"),
    () => null,
  );
}

async function installModules(): Promise<void> {
  // `ignore-scripts` would leave claude without its binary; the manifest's `allowScripts` says the same to npm 12.
  const args = ["ci", "--no-audit", "--no-fund", "--ignore-scripts=false"];
  await run("npm", args, { cwd: CLIS_DIRECTORY, timeout: INSTALL_TIMEOUT_MS }).catch((cause: unknown) => {
    throw new Error(`npm ci in ${CLIS_DIRECTORY} failed; run it there by hand to see why`, { cause });
  });
}

async function checkVersion(name: CliName, clis: InstalledClis): Promise<void> {
  const env = {
    ...process.env,
    XDG_CACHE_HOME: clis.cacheDirectory,
    COPILOT_AUTO_UPDATE: "false",
    DISABLE_AUTOUPDATER: "1",
  };
  const { stdout } = await run(clis[name], ["--version"], { env, timeout: VERSION_TIMEOUT_MS });
  const line = stdout.split("\n")[0]?.trim();
  if (line !== VERSION_LINES[name]) {
    throw new Error(
      `${clis[name]} --version printed "${line}", expected "${VERSION_LINES[name]}"; if the pin moved, move VERSION_LINES too`,
    );
  }
}
