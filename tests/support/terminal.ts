/** Starts the built command in a real terminal and reports what a person would see on it. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { MAIN, type Scene } from "./longhaul.ts";
import { until } from "./until.ts";

const IN_TERMINAL = join(import.meta.dirname, "in-terminal.py");

export interface InTerminal {
  /** Everything that was drawn, escape sequences and all. */
  drawn(): string;
  /** The lines on the screen now, with those that scrolled off above it. */
  lines(): readonly string[];
  /** Resolves when the screen shows lines that match, all at the same moment, with the lines of that moment. */
  shows(...wanted: readonly RegExp[]): Promise<readonly string[]>;
  resize(rows: number, columns: number): void;
  signal(number: number): void;
  /** Types on the keyboard; `\u0003` is Ctrl-C. */
  type(keys: string): void;
  /** Stops the terminal's output, as Ctrl-S does, until it is released. */
  hold(): void;
  release(): void;
  readonly ended: Promise<number | null>;
}

interface TerminalOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
}

export function startInTerminal(
  scene: Scene,
  args: readonly string[],
  options: TerminalOptions = {},
): InTerminal {
  const { env = {}, columns = 80 } = options;
  const child = spawn("python3", [IN_TERMINAL, "24", String(columns), process.execPath, MAIN, ...args], {
    cwd: scene.root,
    env: {
      PATH: process.env["PATH"] ?? "",
      LANG: "C.UTF-8",
      TERM: "xterm-256color",
      HOME: scene.home,
      AGENT_RUNS_DIR: scene.runs,
      LEDGER: scene.path("ledger"),
      ...env,
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL")); // the run then loses its terminal and ends
  let drawn = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (drawn += text));
  const lines = () => screenOf(drawn);
  const shows = async (...wanted: readonly RegExp[]) => {
    let seen: readonly string[] = [];
    const isShown = () => {
      seen = lines();
      return wanted.every((text) => seen.some((line) => text.test(line)));
    };
    await until(isShown, () => `${wanted.join(" and ")} on the screen, which has:\n${seen.join("\n")}`);
    return seen;
  };
  return {
    drawn: () => drawn,
    lines,
    shows,
    resize: (rows, wide) => void child.stdin.write(`resize ${rows} ${wide}\n`),
    hold: () => void child.kill("SIGSTOP"),
    release: () => void child.kill("SIGCONT"),
    type: (keys) => void child.stdin.write(`keys ${Buffer.from(keys).toString("hex")}\n`),
    signal: (number) => void child.stdin.write(`signal ${number}\n`),
    ended: new Promise((resolve) => child.once("close", resolve)),
  };
}

// oxlint-disable-next-line no-control-regex -- terminals are made of control characters
const TOKEN = /\u001B\[(?<number>\d*)(?<command>[A-Za-z])|\r|\n|[^\u001B\r\n]+/gu;

/** What a terminal shows of the text, if no line is wider than it. Rejects unknown sequences. */
export function screenOf(text: string): readonly string[] {
  const lines: string[] = [""];
  let row = 0;
  let column = 0;
  for (const { 0: token, groups } of text.matchAll(TOKEN)) {
    const line = lines[row] ?? "";
    const command = groups?.["command"];
    if (token === "\r") column = 0;
    else if (token === "\n") row += 1;
    else if (command === "A") row = Math.max(0, row - Number(groups?.["number"] || 1));
    else if (command === "K") lines[row] = line.slice(0, column);
    else if (command === "J") lines.splice(row, Infinity, line.slice(0, column));
    else if (command === undefined) {
      lines[row] = line.slice(0, column).padEnd(column) + token + line.slice(column + token.length);
      column += token.length;
    } else if (command !== "m") throw new Error(`unknown to this screen: ${JSON.stringify(token)}`);
    lines[row] ??= "";
  }
  return lines;
}
