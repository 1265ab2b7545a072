import { expect, test } from "vitest";
import { type OutputLine, createLineSplitter } from "../../../src/process/line-splitter.ts";

function split(chunks: readonly (string | Buffer)[], maxLineBytes = 1_000_000): readonly OutputLine[] {
  const lines: OutputLine[] = [];
  const splitter = createLineSplitter({ onLine: (line) => lines.push(line), maxLineBytes });
  for (const chunk of chunks) splitter.push(Buffer.from(chunk));
  splitter.end();
  return lines;
}

test.each<readonly [string, readonly (string | Buffer)[], readonly string[]]>([
  ["several in a chunk", ["a\nb\nc\n"], ["a", "b", "c"]],
  ["one over several chunks", ["a", "b", "c\nd\n"], ["abc", "d"]],
  ["the last one without an end", ["a\nb"], ["a", "b"]],
  ["empty ones left out", ["\n\na\n\n"], ["a"]],
  ["a character split between chunks", [Buffer.from([0xc3]), Buffer.from([0xa9, 0x0a])], ["é"]],
  ["invalid UTF-8 and NUL", [Buffer.from([0x61, 0xff, 0x00, 0x0a])], ["a\ufffd\0"]],
])("lines: %s", (_name, chunks, expected) => {
  expect(split(chunks).map(({ text }) => text)).toEqual(expected);
});

test("a line over the limit is delivered truncated, and the next is whole", () => {
  const long = "x".repeat(70_000);
  expect(split([long, long, "\nnext\n"], 100_000)).toEqual([
    { text: "x".repeat(65_536), truncated: true, unended: false, sizeBytes: 140_000 },
    { text: "next", truncated: false, unended: false, sizeBytes: 4 },
  ]);
});

test("a line of exactly the limit is whole", () => {
  expect(split(["abcd\nabcde\n"], 4)).toEqual([
    { text: "abcd", truncated: false, unended: false, sizeBytes: 4 },
    { text: "abcde", truncated: true, unended: false, sizeBytes: 5 },
  ]);
});
