import { expect, test } from "vitest";
import { layerMismatches } from "../../support/docs-layers.ts";

test("src/layers.json knows every room of src and no other", () => {
  expect(layerMismatches()).toEqual([]);
});
