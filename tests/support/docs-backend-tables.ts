import { readFile } from "node:fs/promises";
import type { Backend, CliName, TurnCommand } from "../../src/backends/backend.ts";
import { BACKENDS } from "../../src/backends/table.ts";
import { code, table } from "./docs-markdown.ts";

/** A home without logins and settings, so that the pages are the same wherever they are generated. */
const environment = { HOME: "~" };
const placeOf = (cli: CliName) => ({
  cwd: ".",
  environment,
  model: cli === "codex" ? "PROFILE@MODEL" : "MODEL",
  asRoot: false,
});
const SESSION = "SESSION";

export function capabilityTable(): string {
  const rows = all().map(({ name, defaultModel, capabilities: can }) => [
    name,
    defaultModel === undefined ? "the CLI's own" : code(defaultModel),
    yes(can.chooseSessionId),
    yes(can.compact),
    yes(can.outputSchema),
    yes(can.effort),
  ]);
  return table(
    ["CLI", "model without `model`", "Longhaul names the session", "compacts", "output schema", "effort"],
    rows,
  );
}

export function loginTable(): string {
  const rows = all().map((backend) => [
    backend.name,
    backend.loginRemedy,
    backend.loginFiles(environment).map(code).join(", "),
  ]);
  return table(["CLI", "how to log in", "file that is watched"], rows);
}

/** The command that installs the versions which the tests and the image use. */
export async function installCommand(): Promise<string> {
  const { dependencies } = JSON.parse(
    await readFile(new URL("../clis/package.json", import.meta.url), "utf8"),
  );
  const packages = Object.entries(dependencies).map(([name, version]) => `${name}@${String(version)}`);
  return `\`\`\`sh covered-by=tests/support/clis.ts\nnpm install --global ${packages.join(" ")}\n\`\`\``;
}

/** The commands of one CLI as the code builds them: a fresh turn, a continued turn, a compaction. */
export async function commandList(cli: CliName): Promise<string> {
  const backend = BACKENDS[cli];
  const place = placeOf(cli);
  const ask = {
    ...place,
    prompt: "PROMPT",
    addDirs: ["DIR"],
    effort: "EFFORT",
    outputSchema: SCHEMA,
    attemptDir: "ATTEMPT",
  };
  const fresh = await backend.beginTurn({
    ...ask,
    session: { id: backend.capabilities.chooseSessionId ? SESSION : null, fresh: true },
  });
  const continued = await backend.beginTurn({ ...ask, session: { id: SESSION, fresh: false } });
  const compaction = await backend.beginCompaction({ ...place, sessionId: SESSION });
  const { environment: added, stopSignal } = fresh.command;
  const variables = Object.entries(added).map(([name, value]) => code(`${name}=${value}`));
  return [
    "```text",
    ...[fresh, continued, compaction].map(({ command }) => line(command)),
    "```",
    "",
    `Added to the environment, unless it is set there: ${variables.join(", ") || "nothing"}. Stopped with ${stopSignal}.`,
  ].join("\n");
}

const SCHEMA = {
  type: "object",
  properties: { ok: { type: "boolean" } },
  required: ["ok"],
  additionalProperties: false,
};

const line = ({ file, args }: TurnCommand): string =>
  [file, ...args].map((word) => (word === JSON.stringify(SCHEMA) ? "SCHEMA" : word)).join(" ");

const yes = (can: boolean): string => (can ? "yes" : "no");

const all = (): readonly Backend[] => Object.values(BACKENDS);
