import { placesBelow } from "../../src/container/places.ts";
import { superviseContainer } from "../../src/container/supervise.ts";

/** Tests run this in a separate node process: it does the same as `src/container.ts`, below another root. */
const [root = "", main = "", ...args] = process.argv.slice(2);

process.exitCode = await superviseContainer({
  args,
  environment: process.env,
  places: placesBelow(root),
  startId: process.env["LONGHAUL_START_ID"] ?? "",
  // With the variable set, the runner would take every orphan of this machine for its own, and kill it.
  runner: { file: "env", args: ["-u", "LONGHAUL_CONTAINER", process.execPath, main] },
  say: (text) => process.stderr.write(`longhaul: ${text}\n`),
});
