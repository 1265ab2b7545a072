import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { inspectGraph } from "../../src/graph/graph.ts";
import { unusedNotes } from "../support/docs-events.ts";
import { ALL_PARTS, partsOf, regenerate } from "../support/docs-generate.ts";
import { anchorsOf, blocksOf, internalLinks, readPages } from "../support/docs-pages.ts";

const pages = await readPages();

describe("generated parts say what the code says (npm run docs writes them anew)", () => {
  test.each(pages)("$name", async ({ text, file }) => {
    await expect(await regenerate(text)).toMatchFileSnapshot(file);
  });

  test("nothing is generated for no page, and no note is about nothing", () => {
    expect([...new Set(pages.flatMap(({ text }) => partsOf(text)))].toSorted()).toEqual(ALL_PARTS.toSorted());
    expect(unusedNotes()).toEqual([]);
  });
});

describe("links lead somewhere", () => {
  test.each(pages)("$name", async (page) => {
    for (const link of internalLinks(page)) {
      const [target = "", anchor] = link.split("#");
      const file = target === "" ? page.file : path.resolve(path.dirname(page.file), target);
      expect(existsSync(file), `${page.name}: ${link}`).toBe(true);
      if (anchor === undefined) continue;
      expect(anchorsOf({ text: await readFile(file, "utf8") }), `${page.name}: ${link}`).toContain(anchor);
    }
  });
});

describe("the workflows of the pages are valid", () => {
  const shown = pages.flatMap((page) =>
    blocksOf(page)
      .filter(({ language, text }) => language === "yaml" && text.includes("\nnodes:"))
      .map(({ text, line }) => ({ where: `${page.name}:${line}`, text })),
  );

  test("README.md and docs/workflow-format.md show one", () => {
    expect(shown.map(({ where }) => where.split(":")[0])).toEqual(["README.md", "docs/workflow-format.md"]);
  });

  test.each(shown)("$where", async ({ text }) => {
    const directory = await mkdtemp(path.join(tmpdir(), "longhaul-shown-"));
    for (const [, file = ""] of text.matchAll(/(?:prompt|script): (\S+)/g)) {
      await mkdir(path.dirname(path.join(directory, file)), { recursive: true });
      await writeFile(path.join(directory, file), "");
    }
    await writeFile(path.join(directory, "workflow.yaml"), text);
    const { graph, problems } = await inspectGraph(directory);
    expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(graph).toBeDefined();
    await rm(directory, { recursive: true });
  });
});
