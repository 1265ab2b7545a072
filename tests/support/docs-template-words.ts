import { FILTERS } from "../../src/prompts/filters.ts";
import { VALUE_TESTS } from "../../src/prompts/value-tests.ts";
import { code } from "./docs-markdown.ts";

/** Every filter with its parameters, in alphabetical order. */
export const filterList = (): string =>
  [...FILTERS]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, { parameters }]) =>
      code(parameters.length === 0 ? name : `${name}(${parameters.join(", ")})`),
    )
    .join(", ");

/** Every test of `x is ...`. */
export const testList = (): string => [...VALUE_TESTS.keys()].toSorted().map(code).join(", ");
