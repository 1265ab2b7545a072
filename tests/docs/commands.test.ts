import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { comparable, createDocsCheckout } from "../support/docs-checkout.ts";
import { type Block, blocksOf, CHECKOUT, readPages } from "../support/docs-pages.ts";

const pages = await readPages();
/** Its commands are run by tests/docker/docs.test.ts. */
const OF_ANOTHER_SUITE = new Map([["docs/docker.md", "tests/docker/docs.test.ts"]]);

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
