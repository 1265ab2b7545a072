import { extname } from "node:path";

const INTERPRETERS: Readonly<Record<string, string>> = {
  ".sh": "bash",
  ".bash": "bash",
  ".py": "python3",
  ".js": "node",
  ".mjs": "node",
};

/** The program that runs a script, by file extension. Undefined means that the script is executed directly. */
export const interpreterOf = (script: string): string | undefined => INTERPRETERS[extname(script)];
