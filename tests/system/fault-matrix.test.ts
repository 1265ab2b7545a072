import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CHECKOUT } from "../support/docs-pages.ts";
import { declaredFaults, faultTestFiles, publishedRows } from "../support/fault-matrix-page.ts";

/** To mend: `LONGHAUL_FAULTS_PUBLISH=1 npm run faults` or `... npm run test:docker`, with the changed test files behind a `--`. */
const published = publishedRows(readFileSync(join(CHECKOUT, "docs/reliability.md"), "utf8"));
const declared = faultTestFiles().flatMap((test) =>
  declaredFaults(readFileSync(join(CHECKOUT, test), "utf8")).map((fault) => ({ test, fault })),
);

describe("the fault matrix of docs/reliability.md", () => {
  test("shows only faults that a test injects", () => {
    expect(published.length).toBeGreaterThan(0);
    const invented = published.filter((row) => !declared.some((one) => isOf(row, one)));
    expect(invented.map(({ line }) => line)).toEqual([]);
  });

  test("shows every fault that a test declares", () => {
    const missing = declared.filter((one) => !published.some((row) => isOf(row, one)));
    expect(missing.map(({ test, fault }) => `${test}: ${fault.source}`)).toEqual([]);
  });
});

const isOf = (
  row: { readonly fault: string; readonly test: string },
  one: (typeof declared)[number],
): boolean => row.test === one.test && one.fault.test(row.fault);
