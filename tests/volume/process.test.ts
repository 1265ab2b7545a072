import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "rolldown";
import { afterAll, beforeAll, expect, test } from "vitest";

const MEMORY_LIMIT_MB = 150;
const SECRET = "sk-test-0123456789abcdef";
const SOURCE = new URL("../support/volume-supervisor.ts", import.meta.url).pathname;
const built = mkdtempSync(join(tmpdir(), "longhaul-supervisor-"));
const supervisor = join(built, "supervisor.mjs");

beforeAll(() =>
  build({
    input: SOURCE,
    platform: "node",
    output: { file: supervisor, format: "esm", codeSplitting: false },
  }),
);
afterAll(() => rmSync(built, { recursive: true }));

/** Supervises a script in a node process of its own, so that its memory can be measured. */
function supervise(script: string) {
  const directory = mkdtempSync(join(tmpdir(), "longhaul-volume-"));
  const { stdout, stderr } = spawnSync("node", [supervisor, script, directory, SECRET], { encoding: "utf8" });
  expect(stderr).toBe("");
  return { seen: JSON.parse(stdout) as Record<string, unknown>, out: join(directory, "out"), directory };
}

test("a stream of 1 GB: nothing lost, bounded memory", () => {
  const line = JSON.stringify({ type: "assistant", text: "the quick brown fox ".repeat(50) });
  const count = Math.ceil(1_000_000_000 / (line.length + 1));
  const { seen, out, directory } = supervise(`yes '${line}' | head -n ${count}`);
  const sizeBytes = count * (line.length + 1);
  expect(seen).toMatchObject({
    kind: "exited",
    lines: count,
    json: count,
    truncated: 0,
    stdoutBytes: sizeBytes,
  });
  expect(statSync(out).size).toBe(sizeBytes);
  expect(seen["peakMb"]).toBeLessThan(MEMORY_LIMIT_MB);
  rmSync(directory, { recursive: true });
});

test("a line of 20 MB: whole in the file, its beginning delivered, the next line whole", () => {
  const { seen, out, directory } = supervise(
    `printf '{"text":"'; head -c 20000000 /dev/zero | tr '\\0' x; echo '"}'; echo '{}'`,
  );
  expect(seen).toMatchObject({ kind: "exited", lines: 2, truncated: 1, json: 1, bytes: 20_000_013 });
  expect(createHash("sha256").update(readFileSync(out)).digest("hex")).toBe(
    createHash("sha256")
      .update(`{"text":"${"x".repeat(20_000_000)}"}\n{}\n`)
      .digest("hex"),
  );
  expect(seen["peakMb"]).toBeLessThan(MEMORY_LIMIT_MB);
  rmSync(directory, { recursive: true });
});

test("a secret in every line of a large stream is in none of the file", () => {
  const { seen, out, directory } = supervise(`yes '{"token":"${SECRET}"}' | head -n 1000000`);
  expect(seen).toMatchObject({ kind: "exited", lines: 1_000_000, json: 1_000_000 });
  expect(readFileSync(out).equals(Buffer.from(`{"token":"[redacted]"}\n`.repeat(1_000_000)))).toBe(true);
  rmSync(directory, { recursive: true });
});
