#!/usr/bin/env node
import { setFlagsFromString } from "node:v8";
import { main } from "./cli/program.ts";
import { outliveReaders } from "./cli/terminal.ts";

// A runner lives for weeks, does little at a time and starts a process for every step; what a fork costs grows with
// the memory held. A small young generation keeps that at two thirds of what the engine would take by itself.
setFlagsFromString("--max-semi-space-size=1");
setFlagsFromString("--semi-space-growth-factor=1");

outliveReaders();
process.exitCode = await main(process.argv.slice(2));
