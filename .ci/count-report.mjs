/** Prints `passed failed skipped` of one JSON report of the test runner, and on stderr what failed, with why, or was skipped. */
import { readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";

const LINES_OF_A_FAILURE = 15;

const report = JSON.parse(readFileSync(process.argv[2], "utf8"));
const tests = report.testResults.flatMap((file) => file.assertionResults.map((test) => ({ ...test, file: file.name })));
const brokenFiles = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
const why = ({ failureMessages }) =>
  stripVTControlCharacters(failureMessages.join("\n"))
    .split("\n")
    .filter((line) => !/^\s+at (.*node_modules|new Promise)/.test(line))
    .slice(0, LINES_OF_A_FAILURE);
const of = (...states) => tests.filter((test) => states.includes(test.status));
const failed = of("failed");
const skipped = of("pending", "skipped", "todo", "disabled");

for (const test of failed) {
  console.error(`failed: ${test.file}: ${test.fullName}`);
  for (const line of why(test)) console.error(`  ${line}`);
}
for (const test of skipped) console.error(`skipped: ${test.file}: ${test.fullName}`);
for (const file of brokenFiles) console.error(`failed to load: ${file.name}: ${file.message}`);
console.log(of("passed").length, failed.length + brokenFiles.length, skipped.length);
