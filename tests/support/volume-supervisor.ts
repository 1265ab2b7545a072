import { createRedactor } from "../../src/process/redact.ts";
import { superviseProcess } from "../../src/process/subprocess.ts";

/** The volume test runs this in a separate node process: it supervises a bash script like a turn and reports the result. */

const [script = "", directory = "", secret = ""] = process.argv.slice(2);
const seen = { lines: 0, truncated: 0, json: 0, bytes: 0 };

const end = await superviseProcess(
  {
    file: "bash",
    args: ["-c", script],
    cwd: directory,
    env: { PATH: process.env["PATH"] ?? "", LONGHAUL_STEP: `${directory}/1` },
    stdoutFile: `${directory}/out`,
    stderrFile: `${directory}/err`,
    redactor: createRedactor([secret, "another-secret-value", 'p/s+ w"rd-12']),
    clocks: { turnMs: 600_000 },
    stop: { signal: "SIGTERM", to: "group" },
    onLine({ text, truncated, sizeBytes }) {
      seen.lines++;
      seen.bytes += sizeBytes;
      if (truncated) seen.truncated++;
      else if (isJson(text)) seen.json++;
      return { model: true, final: false, openTools: 0 };
    },
  },
  new AbortController().signal,
);
const peakMb = process.resourceUsage().maxRSS / 1024;
process.stdout.write(JSON.stringify({ ...seen, kind: end.kind, stdoutBytes: end.stdoutBytes, peakMb }));

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
