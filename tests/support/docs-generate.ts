import { capabilityTable, commandList, installCommand, loginTable } from "./docs-backend-tables.ts";
import { commandReference, launcherUsage } from "./docs-commands.ts";
import { eventTables, failureTable, shapeTable } from "./docs-events.ts";
import { layerOrder, layerTable } from "./docs-layers.ts";
import { filterList, testList } from "./docs-template-words.ts";
import { knobTable, signalTable, versionTable } from "./docs-recovery-tables.ts";
import { fieldsOfPart, nodeFields, workflowFields } from "./docs-workflow-fields.ts";

/** The text between `<!-- generated: NAME -->` and `<!-- end of generated -->` in the docs, by name. */
const PARTS: Readonly<Record<string, () => string | Promise<string>>> = {
  "workflow fields": workflowFields,
  "agent fields": () => nodeFields("agent"),
  "script fields": () => nodeFields("script"),
  "branch fields": () => nodeFields("branch"),
  "terminal fields": () => nodeFields("terminal"),
  "output fields": () => fieldsOfPart("agent", "outputs"),
  "agent retry": () => fieldsOfPart("agent", "retry"),
  "script retry": () => fieldsOfPart("script", "retry"),
  "template filters": filterList,
  "template tests": testList,
  events: eventTables,
  shapes: shapeTable,
  "failure classes": failureTable,
  knobs: knobTable,
  "signals any": () => signalTable("any"),
  "signals claude": () => signalTable("claude"),
  "signals codex": () => signalTable("codex"),
  "signals copilot": () => signalTable("copilot"),
  versions: versionTable,
  commands: commandReference,
  "run.sh": launcherUsage,
  capabilities: capabilityTable,
  logins: loginTable,
  install: installCommand,
  layers: layerTable,
  "layer order": layerOrder,
  "commands claude": () => commandList("claude"),
  "commands codex": () => commandList("codex"),
  "commands copilot": () => commandList("copilot"),
};

const PART = /^<!-- generated: (.+) -->\n[\s\S]*?^<!-- end of generated -->$/gm;

/** The page with its generated parts regenerated from the code. Throws for a part without a generator. */
export async function regenerate(page: string): Promise<string> {
  const parts = new Map<string, string>();
  for (const [, name = ""] of page.matchAll(PART)) {
    const generate = PARTS[name];
    if (generate === undefined) throw new Error(`Nothing generates the part ${JSON.stringify(name)}.`);
    parts.set(name, await generate());
  }
  return page.replaceAll(
    PART,
    (_part, name: string) =>
      `<!-- generated: ${name} -->\n\n${parts.get(name) ?? ""}\n\n<!-- end of generated -->`,
  );
}

/** Names of the parts in a page. */
export const partsOf = (page: string): readonly string[] =>
  [...page.matchAll(PART)].map(([, name = ""]) => name);

export const ALL_PARTS: readonly string[] = Object.keys(PARTS);
