import { array, assert, constantFrom, oneof, property } from "fast-check";
import { expect, test } from "vitest";
import { checkTemplate, renderText } from "../../../src/prompts/render.ts";
import { TemplateError } from "../../../src/prompts/template-error.ts";

const CONTEXT = { a: 1, b: "text", list: [1, "x", null, { a: [2] }], object: { a: { b: true } }, none: null };

const WORDS = `
{{ }} {% %} {# #} {%- -%} a b list object none absent x.y . [ ] ( ) { } , : | ~ + - * / // % ** = ==
!= < > 0 1 2.5 't' " ' \\ \` ; $ not and or in is if else elif endif for endfor set endset endmacro
m() endcall filter endfilter switch case default endswitch raw endraw include import block upper
join sort length defined range(3) loop.index constructor __proto__ r/a/ true null
`;

/** Pieces of templates, so that most random texts get past the lexer. */
const PIECES = [...WORDS.trim().split(/\s+/), " ", "\n", "macro m()", "call m()"];

const words = (maxLength: number) =>
  array(constantFrom(...PIECES), { maxLength }).map((parts) => parts.join(" "));
const expression = words(8).map((text) => `{{ ${text} }}`);
const tag = words(6).map((text) => `{% ${text} %}`);
const blocks = array(oneof(expression, tag), { maxLength: 6 }).map((parts) => parts.join(""));
const template = oneof(words(25), expression, blocks);

/** What rendering read, or the problem it threw; any other error fails the test. */
function outcomeOf(text: string): { reads: readonly string[]; problem?: string } {
  try {
    return { reads: renderText(text, CONTEXT).reads };
  } catch (error) {
    if (error instanceof TemplateError) return { reads: [], problem: error.problem };
    throw error;
  }
}

test("any text renders or throws a TemplateError, the same as the check's when it does not parse", () => {
  assert(
    property(template, (text) => {
      const { problem } = checkTemplate(text);
      const outcome = outcomeOf(text);
      expect(problem === undefined || problem.message === outcome.problem).toBe(true);
    }),
    { numRuns: 5_000 },
  );
});

test("the check lists every name that is read", () => {
  assert(
    property(template, (text) => {
      const roots = checkTemplate(text).names.map((name) => name.split(".", 1)[0]);
      expect(outcomeOf(text).reads.filter((key) => !roots.includes(key))).toEqual([]);
    }),
    { numRuns: 5_000 },
  );
});
