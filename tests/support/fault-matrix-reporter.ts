import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Reporter, TestCase, TestModule } from "vitest/node";
import { CHECKOUT } from "./docs-pages.ts";
import {
  faultTestFiles,
  figures,
  inCheckout,
  type MeasuredRow,
  withMeasuredRows,
} from "./fault-matrix-page.ts";
import { faultSettings } from "./fault-settings.ts";

const PAGE = join(CHECKOUT, "docs/reliability.md");

/** Prints the fault matrix after the tests. Writes it into docs/reliability.md if that was requested and all passed. */
export default class FaultMatrixReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const broken = tests.filter((test) => test.result().state !== "passed");
    const rows = tests.filter((test) => !broken.includes(test)).flatMap(rowsOf);
    print(["", `Fault matrix, seed ${faultSettings().seed}`, ...rows.flatMap(shown)]);
    if (!faultSettings().publishes) return;
    const isWhole = broken.length === 0 && errors.length === 0 && modules.every((module) => module.ok());
    if (isWhole) publish({ modules, rows });
    else print(["Not published: a test failed or was left out.", ...broken.map(({ fullName }) => fullName)]);
  }
}

const rowsOf = (test: TestCase): readonly MeasuredRow[] =>
  (test.meta().faults ?? []).map((row) => ({ ...row, test: inCheckout(test.module.moduleId) }));

const shown = (row: MeasuredRow): readonly string[] => [
  `  ${[row.promise].flat().join(", ")}  ${row.fault}: ${row.injected} × ${row.how}`,
  `     ${figures(row)}`,
  `     ${row.outcome}  (${row.test})`,
];

function publish({
  modules,
  rows,
}: {
  readonly modules: readonly TestModule[];
  readonly rows: readonly MeasuredRow[];
}): void {
  const { seed } = faultSettings();
  const day = new Date().toISOString().slice(0, 10);
  const measured = withMeasuredRows(readFileSync(PAGE, "utf8"), {
    rows,
    ran: modules.map(({ moduleId }) => inCheckout(moduleId)),
    existing: faultTestFiles(),
    where: `on ${day} with Node ${process.version}, ${availableParallelism()} cores, seed ${seed}`,
  });
  writeFileSync(PAGE, measured);
  print([`Published in ${inCheckout(PAGE)}.`]);
}

const print = (lines: readonly string[]): void => void process.stdout.write(`${lines.join("\n")}\n`);
