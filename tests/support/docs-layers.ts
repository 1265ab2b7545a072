import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { table } from "./docs-markdown.ts";

const SOURCE = path.resolve(import.meta.dirname, "../../src");

const layersSchema = z.object({
  layers: z.array(
    z.object({ name: z.string(), purpose: z.string(), without: z.array(z.string()).optional() }),
  ),
  libraries: z.record(z.string(), z.string()),
});

/** The list of layers, from the top down, which is also the source of the linter's rules. */
export const readLayers = () =>
  layersSchema.parse(JSON.parse(readFileSync(path.join(SOURCE, "layers.json"), "utf8")));

const shownAs = (name: string): string => (name.endsWith(".ts") ? `\`${name}\`` : `\`${name}/\``);

/** The purpose of each layer, for docs/architecture.md. */
export const layerTable = (): string =>
  table(
    ["module", "what it is for"],
    readLayers().layers.map(({ name, purpose }) => [shownAs(name), purpose]),
  );

/** Only the order, for CONTRIBUTING.md. */
export const layerOrder = (): string =>
  [
    "```text",
    readLayers()
      .layers.map(({ name }) => name)
      .join(" > "),
    "```",
  ].join("\n");

/** Entries of the list that do not exist in src, and directories or files of src that are not in the list. */
export function layerMismatches(): readonly string[] {
  const { layers, libraries } = readLayers();
  const names = layers.map(({ name }) => name);
  const code = readdirSync(SOURCE, { withFileTypes: true }).filter(
    (entry) => (entry.isDirectory() && holdsTypeScript(entry.name)) || entry.name.endsWith(".ts"),
  );
  const unknown = code.map(({ name }) => name).filter((name) => !names.includes(name));
  const stale = [...names, ...Object.values(libraries)].filter(
    (name) => !existsSync(path.join(SOURCE, name)),
  );
  return [...unknown, ...stale];
}

const holdsTypeScript = (directory: string): boolean =>
  readdirSync(path.join(SOURCE, directory), { recursive: true }).some((name) => String(name).endsWith(".ts"));
