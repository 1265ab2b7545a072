import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import path from "node:path";

export const CHECKOUT = path.resolve(fileURLToPath(import.meta.url), "../../..");

export interface Page {
  /** Relative to the checkout. */
  readonly name: string;
  readonly file: string;
  readonly text: string;
}

const AT_THE_TOP = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"];

export async function readPages(): Promise<readonly Page[]> {
  const inDocs = (await readdir(path.join(CHECKOUT, "docs")))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`);
  return Promise.all(
    [...AT_THE_TOP, ...inDocs.toSorted()].map(async (name) => {
      const file = path.join(CHECKOUT, name);
      return { name, file, text: await readFile(file, "utf8") };
    }),
  );
}

/** A fenced block: its language, the words after that, its text, and the line where it begins. */
export interface Block {
  readonly language: string;
  readonly words: readonly string[];
  readonly text: string;
  readonly line: number;
}

export function blocksOf({ text }: Pick<Page, "text">): readonly Block[] {
  return [...text.matchAll(/^```(\S+)([^\n]*)\n(.*?)^```$/gms)].map((match) => ({
    language: match[1] ?? "",
    words: (match[2] ?? "").split(" ").filter((word) => word !== ""),
    text: match[3] ?? "",
    line: text.slice(0, match.index).split("\n").length,
  }));
}

/** Targets of the page's links that are not web addresses. */
export const internalLinks = ({ text }: Page): readonly string[] =>
  [...withoutBlocks(text).matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));

/** The anchors of the page's headings, as GitHub generates them. */
export const anchorsOf = ({ text }: Pick<Page, "text">): readonly string[] =>
  [...withoutBlocks(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );

const withoutBlocks = (text: string): string => text.replace(/^```.*?^```$/gms, "");
