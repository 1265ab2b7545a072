/** A private copy of one CLI's program, which a test may replace, break or keep open. */
import { chmodSync, copyFileSync, cpSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CliName, InstalledClis } from "./clis.ts";

export interface PrivateCli {
  /** A whole PATH: the program, node and what scripts need, and nothing else. */
  readonly bin: string;
  /** The file that gets started: claude's native program, the wrapper of the others. */
  readonly program: string;
  /** Contains this package's copy, and links to all others. */
  readonly modules: string;
}

const PACKAGES: Readonly<Record<CliName, { readonly directory: string; readonly program: string }>> = {
  claude: { directory: "@anthropic-ai/claude-code", program: "bin/claude.exe" },
  codex: { directory: "@openai/codex", program: "bin/codex.js" },
  copilot: { directory: "@github/copilot", program: "npm-loader.js" },
};

const TOOLS = ["sh", "bash", "sleep", "cat", "echo"];

/** Copies the package that gets started. Its dependencies stay where they are installed. */
export function copyCli(cli: CliName, clis: InstalledClis, root: string): PrivateCli {
  const { directory, program } = PACKAGES[cli];
  const installed = dirname(clis.binDirectory);
  const modules = join(root, "private", "node_modules");
  const copy = join(modules, directory);
  linkAllBut(directory, { from: installed, to: modules });
  mkdirSync(dirname(join(copy, program)), { recursive: true });
  if (cli === "claude") copyFileSync(join(installed, directory, program), join(copy, program));
  else cpSync(join(installed, directory), copy, { recursive: true });
  chmodSync(join(copy, program), 0o755);
  const bin = join(root, "private", "bin");
  mkdirSync(bin);
  symlinkSync(join(copy, program), join(bin, cli));
  symlinkSync(process.execPath, join(bin, "node"));
  for (const tool of TOOLS) symlinkSync(`/bin/${tool}`, join(bin, tool));
  return { bin, program: join(copy, program), modules };
}

/** Links the package's neighbours, so that it finds its dependencies. */
function linkAllBut(directory: string, { from, to }: { readonly from: string; readonly to: string }): void {
  const [scope = "", name = ""] = directory.split("/");
  mkdirSync(join(to, scope), { recursive: true });
  for (const other of readdirSync(from)) {
    if (other !== scope && !other.startsWith(".")) symlinkSync(join(from, other), join(to, other));
  }
  for (const other of readdirSync(join(from, scope))) {
    if (other !== name) symlinkSync(join(from, scope, other), join(to, scope, other));
  }
}
