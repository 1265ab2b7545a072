import path from "node:path";
import vm from "node:vm";
import { rolldown } from "rolldown";
import { describe, expect, test } from "vitest";
import type { Effect } from "../../../src/engine/effect.ts";
import type { runLoop } from "../../../src/engine/loop.ts";
import { memoryJournal, runStarted, scriptedPerform, virtualClock } from "../../support/scripted-ports.ts";
import { settingsOf } from "../../support/scripted-run.ts";
import { reduce } from "../../../src/engine/reduce/reduce-run.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");

/** The engine and all that it imports, for a platform that has JavaScript and nothing else. */
const bundle = await bundleEngine();

async function bundleEngine() {
  const unresolved: string[] = [];
  const build = await rolldown({
    cwd: ROOT,
    input: "src/engine/loop.ts",
    platform: "neutral",
    resolve: {
      mainFields: ["module", "main"],
      // A base class that Nunjucks' parser loads and does not use.
      alias: { events: path.join(ROOT, "tests/support/no-events.cjs") },
    },
    onLog: (_level, log) => {
      if (log.code === "UNRESOLVED_IMPORT") unresolved.push(log.message);
    },
  });
  const { output } = await build.generate({ format: "iife", name: "engine" });
  await build.close();
  const [chunk] = output;
  return { code: chunk.code, imports: chunk.imports, modules: Object.keys(chunk.modules), unresolved };
}

describe("the engine builds for a neutral platform", () => {
  test("without a module of Node", () => {
    expect(bundle.unresolved).toEqual([]);
    expect(bundle.imports).toEqual([]);
  });

  test("without the store, processes, command lines or performers", () => {
    const ours = bundle.modules
      .map((file) => path.relative(path.join(ROOT, "src"), file))
      .filter((file) => !file.startsWith(".."));
    const rooms = new Set(ours.map((file) => file.split(path.sep)[0]));
    expect(rooms).toEqual(new Set(["core", "engine", "graph", "prompts", "recovery"]));
  });

  test("and walks a graph where there is nothing but the language", async () => {
    const nowhere = vm.createContext({});
    vm.runInContext(bundle.code, nowhere);
    const { runLoop: walk } = nowhere["engine"] as { runLoop: typeof runLoop }; // the bundle's one export
    const settings = settingsOf({
      vars: { word: "moss" },
      nodes: [
        { id: "ask", type: "agent", prompt: "ask.md", outputs: [{ key: "plan" }], next: "which" },
        { id: "which", type: "branch", path: "word", cases: { moss: "end" }, default: "ask" },
        { id: "end", type: "terminal" },
      ],
      prompts: { ask: "About {{ word | upper }}." },
    });
    const started = runStarted(settings.graph);
    const journal = memoryJournal();
    const clock = virtualClock();
    const prompts: string[] = [];
    const onEffect = (effect: Effect) => void prompts.push(effect.kind === "turn" ? effect.prompt : "");
    const state = await walk({
      state: reduce(undefined, started),
      opening: [started],
      settings,
      ports: {
        clock,
        journal,
        listeners: [],
        perform: scriptedPerform({ clock, outcomes: [], onEffect }),
      },
      signal: new AbortController().signal,
    });
    expect(state.status).toMatchObject({ kind: "finished", node: "end", exit_code: 0 });
    expect(prompts[0]).toContain("About MOSS.");
    expect(journal.lines.length).toBeGreaterThan(4);
  });
});
