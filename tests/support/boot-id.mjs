/** Loaded before the command (`node --import`): this process sees BOOT_ID as the id of the machine's boot, as after a reboot. */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const { readFileSync } = fs;
fs.readFileSync = (path, ...options) =>
  path === "/proc/sys/kernel/random/boot_id" ? `${process.env["BOOT_ID"]}\n` : readFileSync(path, ...options);
syncBuiltinESMExports();
