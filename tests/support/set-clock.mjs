/**
 * Loaded before the command (`node --import`): its wall clock is off by as many milliseconds as the file CLOCK_FILE says,
 * from the moment at which it says so. Time that only goes forward stays as it is.
 */
import { readFileSync } from "node:fs";

const file = process.env["CLOCK_FILE"] ?? "";
delete process.env["CLOCK_FILE"];

const SystemDate = Date;
globalThis.Date = class extends SystemDate {
  constructor(...args) {
    if (args.length === 0) super(now());
    else super(...args);
  }

  static now() {
    return now();
  }
};

const now = () => SystemDate.now() + setBy();

function setBy() {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch {
    return 0; // not set yet
  }
}
