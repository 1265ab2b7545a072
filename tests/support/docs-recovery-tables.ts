import { z } from "zod";
import type { Condition, FailureRow } from "../../src/backends/failure-row.ts";
import { VERSIONS_SEEN } from "../../src/backends/failure-row.ts";
import { FAILURE_TABLE } from "../../src/recovery/failure-table.ts";
import { policyEnvironmentSchema } from "../../src/recovery/policy.ts";
import { code, type JsonSchema, table } from "./docs-markdown.ts";

/** Every knob of the ladder with its default. */
export function knobTable(): string {
  // zod's own type also allows the draft's boolean schemas
  const { properties = {} } = z.toJSONSchema(policyEnvironmentSchema, { io: "input" }) as JsonSchema;
  const defaults = new Map<string, unknown>(Object.entries(policyEnvironmentSchema.parse({})));
  const rows = Object.entries(properties).map(([name, { description = "" }]) => [
    code(name),
    code(String(defaults.get(name))),
    description,
  ]);
  return table(["variable", "default", "meaning"], rows);
}

export const versionTable = (): string =>
  table(
    ["CLI", "version"],
    Object.entries(VERSIONS_SEEN).map(([cli, version]) => [cli, version]),
  );

/** The rows about one CLI, or about all, in the order of their tests. */
export function signalTable(cli: FailureRow["cli"]): string {
  const rows = FAILURE_TABLE.filter((row) => row.cli === cli).map(({ id, when, verdict, message, note }) => [
    code(id),
    verdict.class === "success" ? "success" : `${verdict.class} / ${verdict.reason}`,
    Object.keys(when).length === 0 ? "anything else" : code(conditions(when)),
    note === undefined ? message : `${message} Note: ${note}.`,
  ]);
  return table(["signal", "class / reason", "known by", "what happened"], rows);
}

const conditions = (when: FailureRow["when"]): string =>
  Object.entries(when)
    .map(([fact, condition]) => `${fact} ${conditionWord(condition)}`)
    .join(", ");

function conditionWord(condition: Condition): string {
  if (condition === null || typeof condition !== "object") return `= ${String(condition)}`;
  if ("matches" in condition) return `~ ${String(condition.matches)}`;
  if ("atLeast" in condition) return `>= ${condition.atLeast}`;
  if ("oneOf" in condition) return `in ${condition.oneOf.map(String).join(" ")}`;
  return condition.present ? "is there" : "is not there";
}
