import { placesBelow } from "../../src/container/places.ts";
import { superviseContainer } from "../../src/container/supervise.ts";

/** Run by tests in a node process of its own: what `src/container.ts` is, below another root. */
const [root = "", main = "", ...args] = process.argv.slice(2);

process.exitCode = await superviseContainer({
  args,
  environment: process.env,
  places: placesBelow(root),
  startId: process.env["LONGHAUL_START_ID"] ?? "",
  // With the variable the runner takes every orphan of this machine for one of its own, and ends it.
  runner: { file: "env", args: ["-u", "LONGHAUL_CONTAINER", process.execPath, main] },
  say: (text) => process.stderr.write(`longhaul: ${text}\n`),
});
