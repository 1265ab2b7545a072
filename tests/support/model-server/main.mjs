// Starts main.ts on a Node that cannot strip types: compiles this directory to plain JavaScript first (0.3 s).
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const directory = fileURLToPath(new URL(".", import.meta.url));
const compiler = join(directory, "../../../node_modules/.bin/tsc");
const output = mkdtempSync(join(tmpdir(), "longhaul-model-server-"));
try {
  execFileSync(compiler, ["-p", directory, "--outDir", output], { stdio: ["ignore", 2, 2] });
  writeFileSync(join(output, "package.json"), '{"type":"module"}');
  await import(pathToFileURL(join(output, "main.js")).href);
} finally {
  rmSync(output, { recursive: true, force: true });
}
