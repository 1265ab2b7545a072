#!/usr/bin/env node
import { setFlagsFromString } from "node:v8";
import { main } from "./cli/program.ts";
import { outliveReaders } from "./cli/terminal.ts";

// A runner lives for weeks, does little at a time and starts a process for every step; what a fork costs grows with
// the memory held. A small young generation keeps that at two thirds of what the engine would take by itself.
setFlagsFromString("--max-semi-space-size=1");
setFlagsFromString("--semi-space-growth-factor=1");
// What batches leave behind outlives a young generation that small. Without this the engine collects it only when the
// heap is several times what is in use: 40 MB of it were held, however long the run.
setFlagsFromString("--heap-growing-percent=20");
// The optimizing compiler works on a thread of its own, and a fork waits for it: one start of a process in ten took three times
// as long. Ten times the use before code is optimized still finds what is hot in days of work. Later engines have no such
// flag, and say so on stderr.
if (process.versions.v8.startsWith("11.")) setFlagsFromString("--interrupt-budget=660000");

outliveReaders();
process.exitCode = await main(process.argv.slice(2));
