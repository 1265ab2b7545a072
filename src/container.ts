import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import { reportError } from "./cli/report-error.ts";
import { outliveReaders, terminal } from "./cli/terminal.ts";
import { placesBelow } from "./container/places.ts";
import { startIdOf } from "./container/start-id.ts";
import { superviseContainer } from "./container/supervise.ts";

outliveReaders();
const environment = process.env;
const mounts = readFileSync("/proc/self/mountinfo", "utf8");
process.exitCode = await superviseContainer({
  args: process.argv.slice(2),
  environment,
  places: placesBelow("/"),
  startId: startIdOf({ environment, mounts, hostName: hostname() }),
  runner: { file: process.execPath, args: [path.join(import.meta.dirname, "main.js")] },
  say: (text) => terminal.say(`longhaul: ${text}`),
}).catch((error: unknown) => reportError(error, terminal));
