import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { inspectGraph } from "../../src/graph/graph.ts";
import { comparable, createDocsCheckout } from "../support/docs-checkout.ts";
import { unusedNotes } from "../support/docs-events.ts";
import { ALL_PARTS, partsOf, regenerate } from "../support/docs-generate.ts";
import {
  anchorsOf,
  type Block,
  blocksOf,
  CHECKOUT,
  internalLinks,
  readPages,
} from "../support/docs-pages.ts";

const pages = await readPages();
/** Its commands are run by tests/docker/docs.test.ts. */
const OF_ANOTHER_SUITE = new Map([["docs/docker.md", "tests/docker/docs.test.ts"]]);

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

describe("every command is run", () => {
  const here = pages.filter(({ name }) => !OF_ANOTHER_SUITE.has(name));

  test.for(here)("$name", async (page) => {
    const blocks = blocksOf(page).filter(({ language }) =>
      ["sh", "bash", "shell", "console"].includes(language),
    );
    expect(blocks.filter(({ language }) => language !== "sh")).toEqual([]);
    const mine = blocks.filter((block) => coveredBy(block) === undefined);
    if (mine.length === 0) return;
    const checkout = await createDocsCheckout();
    try {
      for (const block of mine) {
        const where = `${page.name}:${block.line}`;
        const { exitCode, output } = await checkout.run(block.text);
        expect({ where, exitCode, output }).toEqual({ where, exitCode: exitCodeOf(block), output });
        const shown = outputShownAfter(block, blocksOf(page));
        if (shown !== undefined) expectLines(output, { shown, where, home: checkout.home });
      }
    } finally {
      await checkout.remove();
    }
  });

  /** Commands that need an engine, an account or the whole suite say who runs them instead. */
  test("or another suite is named that does", async () => {
    const claims = here.flatMap((page) =>
      blocksOf(page).flatMap((block) => {
        const by = block.language === "sh" ? coveredBy(block) : undefined;
        return by === undefined ? [] : [{ by, where: `${page.name}:${block.line}`, block }];
      }),
    );
    const scripts = await scriptsOfThePackage();
    const empty = claims.filter(({ by, block }) =>
      by === "npm" ? !callsOnly(block, scripts) : !existsSync(path.join(CHECKOUT, by)),
    );
    expect(claims.length).toBeGreaterThan(3);
    expect(empty.map(({ where, by }) => ({ where, by }))).toEqual([]);
    for (const by of OF_ANOTHER_SUITE.values()) expect(existsSync(path.join(CHECKOUT, by))).toBe(true);
  });
});

/** ```` ```sh covered-by=FILE ```` or, for scripts of package.json, `covered-by=npm`. */
const coveredBy = ({ words }: Block): string | undefined =>
  words.find((word) => word.startsWith("covered-by="))?.slice("covered-by=".length);

/** ```` ```sh exit=75 ````: the exit code of the block's last command. */
const exitCodeOf = ({ words }: Block): number =>
  Number(words.find((word) => word.startsWith("exit="))?.slice("exit=".length) ?? 0);

/** A `text output` block that follows shows lines of what the command printed, in their order. */
function outputShownAfter(block: Block, blocks: readonly Block[]): string | undefined {
  const next = blocks[blocks.findIndex(({ line }) => line === block.line) + 1];
  return next?.language === "text" && next.words.includes("output") ? next.text : undefined;
}

function expectLines(output: string, { shown, where, home }: Shown): void {
  const printed = comparable(output, home).split("\n");
  const wanted = comparable(shown, home)
    .split("\n")
    .filter((line) => line.trim() !== "");
  const found = printed.filter((line) => wanted.includes(line));
  expect(found, `${where} printed:\n${output}`).toEqual(wanted);
}

interface Shown {
  readonly shown: string;
  readonly where: string;
  readonly home: string;
}

async function scriptsOfThePackage(): Promise<ReadonlySet<string>> {
  const { scripts } = JSON.parse(await readFile(path.join(CHECKOUT, "package.json"), "utf8"));
  return new Set([...Object.keys(scripts), "ci", "cit"]); // npm's own words for a clean install, and that with the tests
}

/** Every line calls a script of the package. */
const callsOnly = ({ text }: Block, scripts: ReadonlySet<string>): boolean =>
  text
    .trimEnd()
    .split("\n")
    .every((line) => scripts.has(/^npm (?:run )?([\w:]+)/.exec(line)?.[1] ?? ""));
