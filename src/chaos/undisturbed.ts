import type { JsonObject } from "../core/json.ts";
import type { RunRecord } from "./record.ts";

/** How the workflow ends when nothing goes wrong; every case is compared with it. */
export interface Undisturbed {
  readonly record: RunRecord;
  readonly exitCode: number;
  /** Places in the context that were not the same in two undisturbed runs: times, hashes, random values. */
  readonly varying: ReadonlySet<string>;
  readonly durationMs: number;
}

/** What is told of a run for a comparison. */
export interface Ended {
  readonly record: RunRecord;
  readonly exitCode: number | null;
  /** The case's own directory, which its values may name. */
  readonly root: string;
}

/** The values of a context by place, without the names of the directory and of the run they were made in. */
export function leavesOf({ record, root }: Pick<Ended, "record" | "root">): ReadonlyMap<string, string> {
  const leaves = new Map<string, string>();
  const visit = (value: unknown, place: string): void => {
    if (typeof value !== "object" || value === null) {
      leaves.set(place, plain(JSON.stringify(value), { root, uuid: record.uuid }));
      return;
    }
    if (Object.keys(value).length === 0) leaves.set(place, JSON.stringify(value));
    for (const [key, item] of Object.entries(value)) visit(item, `${place}.${key}`);
  };
  for (const [key, value] of Object.entries(record.context satisfies JsonObject)) visit(value, key);
  return leaves;
}

const plain = (text: string, { root, uuid }: { readonly root: string; readonly uuid: string }): string =>
  text.replaceAll(root, "<case>").replaceAll(uuid, "<uuid>");

/** Places that differ between two contexts. Pure. */
export function differingPlaces(
  one: ReadonlyMap<string, string>,
  other: ReadonlyMap<string, string>,
): readonly string[] {
  return [...new Set([...one.keys(), ...other.keys()])].filter(
    (place) => one.get(place) !== other.get(place),
  );
}

/** The way through the graph: each finished step and where it led. */
export const wayOf = ({ steps }: RunRecord): readonly string[] =>
  steps
    .filter(({ next }) => next !== null)
    .map(({ node, visit, next }) => `${node}#${visit} -> ${next ?? ""}`);

/** What is not as in the undisturbed run; empty when the end is the same. Pure. */
export function differences(
  undisturbed: Undisturbed & { readonly root: string },
  ended: Ended,
): readonly string[] {
  const { record } = undisturbed;
  if (ended.record.end !== record.end)
    return [`ends at ${ended.record.end ?? "no end"}, not at ${record.end ?? ""}`];
  const found: string[] = [];
  if (ended.exitCode !== undisturbed.exitCode) {
    found.push(`exit ${ended.exitCode ?? "none"}, not ${undisturbed.exitCode}`);
  }
  if (wayOf(ended.record).join() !== wayOf(record).join()) found.push("takes another way through the graph");
  const places = differingPlaces(leavesOf(undisturbed), leavesOf(ended)).filter(
    (place) => !undisturbed.varying.has(place),
  );
  if (places.length > 0) found.push(`other values in ${places.slice(0, MAX_PLACES).join(", ")}`);
  if (JSON.stringify(sorted(ended.record.sources)) !== JSON.stringify(sorted(record.sources))) {
    found.push("values of other provenance");
  }
  return found;
}

const MAX_PLACES = 3;
const sorted = (object: object): unknown =>
  Object.entries(object).toSorted(([left], [right]) => (left < right ? -1 : 1));
