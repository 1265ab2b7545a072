import { describe, expect, it, test } from "vitest";
import { alignColumns, fitsColumns } from "../../../src/cli/columns.ts";
import { eraseLines, fittingLines, redrawLines } from "../../../src/cli/redraw.ts";
import { columnsOf, fit, widthOf, wrap } from "../../../src/cli/text-width.ts";

const UP_AND_CLEAR = (rows: number) => `\r\u001B[${rows}A\u001B[J`;

test.each([
  ["short", 10, "short"],
  ["exactly 10", 10, "exactly 10"],
  ["one too many", 11, "one too ma…"],
  ["漢字漢字", 8, "漢字漢字"],
  ["漢字漢字", 7, "漢字漢…"],
  ["漢字漢字", 6, "漢字…"],
  ["tab\tand\nline", 20, "tab and line"],
  ["turned \u202Eround", 20, "turned round"],
  ["x", 0, ""],
])("%j in %i columns is %j", (text, columns, fitted) => {
  expect(fit(text, columns)).toBe(fitted);
});

const wrapped = (line: string, columns = 40) => wrap(line, { columns, indent: "│  " });

describe("a line that is too long for its terminal", () => {
  it.each([
    ["fits", ["fits"]],
    [
      "├─ one two three four five six seven eight nine",
      ["├─ one two three four five six seven", "│  eight nine"],
    ],
    [
      "├─ 模型拒絕回答這個問題，因為它認為這個問題不合適 and more",
      ["├─ 模型拒絕回答這個問題，因為它認為這個", "│  問題不合適 and more"],
    ],
    [
      "see /a/path/that/is/longer/than/any/line/of/the/terminal and then",
      ["see", "│  /a/path/that/is/longer/than/any/line/of/the/terminal", "│  and then"],
    ],
    [
      "\u001B[31mone two three four five six seven eight nine\u001B[0m",
      ["\u001B[31mone two three four five six seven eight", "│  nine\u001B[0m"],
    ],
  ])("%j is broken between words", (line, lines) => {
    expect(wrapped(line)).toEqual(lines);
  });

  it("is left to a terminal that has no room for words, or to where there is no terminal", () => {
    const line = "word ".repeat(40).trim();
    expect(wrapped(line, 39)).toEqual([line]);
    expect(wrapped(line, Infinity)).toEqual([line]);
    expect(columnsOf({ isTTY: true, columns: 80 })).toBe(80);
    expect(columnsOf({ isTTY: true, columns: 0 })).toBe(Infinity);
    expect(columnsOf({ columns: 80 })).toBe(Infinity);
  });
});

describe("a table", () => {
  const ROWS = [
    ["RUN", "STATE", "COST"],
    ["a-run-with-a-long-name", "waiting", "-"],
    ["run", "finished (0)", "$1.20"],
  ];

  it("puts a name that leaves no room for its cells on a line of its own, whole", () => {
    expect(alignColumns(ROWS, 34)).toEqual([
      "RUN            STATE         COST",
      "a-run-with-a-long-name\n               waiting       -",
      "run            finished (0)  $1.20",
    ]);
    const [, , second] = alignColumns(
      [...ROWS.slice(0, 2), ["a-run-with-a-long-name", "stopped (6)", "-"]],
      34,
    );
    expect(second).toBe("                 stopped (6)  -");
    expect(alignColumns(ROWS, 10)[2]).toBe("run   finished (0)  $1.20");
  });

  it("fits, or does not", () => {
    expect(fitsColumns(ROWS, 43)).toBe(true);
    expect(fitsColumns(ROWS, 42)).toBe(false);
  });

  it("is aligned by what a terminal shows, not by characters", () => {
    expect(
      alignColumns([
        ["漢字", "1"],
        ["abcde", "2"],
      ]),
    ).toEqual(["漢字   1", "abcde  2"]);
    expect(widthOf("└─ \u001B[31mred\u001B[0m")).toBe(6);
  });
});

describe("lines that are drawn anew", () => {
  it("are counted as the terminal has broken them", () => {
    expect(eraseLines([], 80)).toBe("");
    expect(eraseLines(["one", "", "three"], 80)).toBe(UP_AND_CLEAR(3));
    expect(eraseLines(["x".repeat(81), "漢".repeat(41)], 80)).toBe(UP_AND_CLEAR(4));
  });

  it("are written over what was there, without clearing it first", () => {
    expect(redrawLines([], ["one"], 80)).toBe("one\u001B[K\n\u001B[J");
    expect(redrawLines(["x".repeat(81), "two"], ["y".repeat(80), ""], 80)).toBe(
      `\r\u001B[3A${"y".repeat(80)}\n\u001B[K\n\u001B[J`,
    );
  });

  it("are left out where they would scroll away", () => {
    expect(fittingLines(["x".repeat(100), "two", "three"], 3, 80)).toEqual(["x".repeat(100), "two"]);
    expect(fittingLines(["one", "two"], 2, 80)).toEqual(["one", "two"]);
  });
});
