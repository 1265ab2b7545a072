import { expect, test } from "vitest";
import {
  beginning,
  escapeMarkup,
  escapeMermaid,
  jsonForScript,
  shorten,
} from "../../../src/report/escape.ts";

test.each([
  [
    `</script><img src="x" onerror='y'>&`,
    "&#60;/script&#62;&#60;img src=&#34;x&#34; onerror=&#39;y&#39;&#62;&#38;",
  ],
  ["a\u0000b\u001Bc\u202Ed\u2066e\uD800f\uFFFF", "a\uFFFDb\uFFFDc\uFFFDd\uFFFDe\uFFFDf\uFFFD"],
  ["one\n\ttwo", "one two"],
  ["grün 😀 شرح", "grün 😀 شرح"],
])("markup of %j is %j", (text, escaped) => {
  expect(escapeMarkup(text)).toBe(escaped);
});

test.each([
  [`say "hi" <b>`, "say #34;hi#34; #60;b#62;"],
  ["a;b|c`d`#34;%%", "a#59;b#124;c#96;d#96;#35;34#59;#37;#37;"],
  ["$$x$$ [y] {z}\nend", "#36;#36;x#36;#36; #91;y#93; #123;z#125; end"],
])("a Mermaid label of %j is %j", (text, escaped) => {
  expect(escapeMermaid(text)).toBe(escaped);
});

test("JSON for a script element holds the same value and nothing that means something to HTML", () => {
  const value = { "</script>": "<!-- <script> --> & \u2028 \u2029 \uD800 \u0000" };
  const json = jsonForScript(value);
  expect(json).not.toMatch(/[<>&\u2028\u2029]/);
  expect(JSON.parse(json)).toEqual(value);
});

test.each([
  ["a😀b", 2, "a"],
  ["a😀b", 3, "a😀"],
  ["abc", 5, "abc"],
])("the beginning of %j with %i units is %j", (text, most, cut) => {
  expect(beginning(text, most)).toBe(cut);
});

test("a long text ends in an ellipsis within its bound", () => {
  expect(shorten("abcdef", 4)).toBe("abc…");
  expect(shorten("abcd", 4)).toBe("abcd");
});
