import { expect, test } from "vitest";
import { createSpokenTexts } from "../../../src/backends/spoken-texts.ts";

test("of a long text the end is kept, and always the last text in full", () => {
  const texts = createSpokenTexts(10);
  for (const text of ["first", "second", "third"]) texts.push(text);
  expect(texts.join(" ")).toBe("third");
  texts.push("ab");
  expect(texts.join(" ")).toBe("third ab");
  texts.push("a text longer than all");
  expect(texts.join(" ")).toBe("a text longer than all");
});
