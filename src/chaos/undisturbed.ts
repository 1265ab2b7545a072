import type { JsonObject } from "../core/json.ts";
import type { RunRecord } from "./record.ts";

/** The run without a fault. Every case is compared with it. */
export interface Undisturbed {
  readonly record: RunRecord;
  readonly exitCode: number;
  /** Places in the context that differed between the two undisturbed runs: times, hashes, random values. */
  readonly varying: ReadonlySet<string>;
  readonly durationMs: number;
}

/** A run to compare. */
export interface Ended {
  readonly record: RunRecord;
  readonly exitCode: number | null;
  /** The case's own directory. Values may contain its path. */
  readonly root: string;
}

/** Maps each place in the context to its value, with the case's path and the run's uuid replaced by placeholders. */
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

/** Returns the places that differ between two contexts. Pure. */
export function differingPlaces(
  one: ReadonlyMap<string, string>,
  other: ReadonlyMap<string, string>,
): readonly string[] {
  return [...new Set([...one.keys(), ...other.keys()])].filter(
    (place) => one.get(place) !== other.get(place),
  );
}

/** The way through the graph: each finished step and the node it led to. */
export const wayOf = ({ steps }: RunRecord): readonly string[] =>
  steps
    .filter(({ next }) => next !== null)
    .map(({ node, visit, next }) => `${node}#${visit} -> ${next ?? ""}`);

/** Lists the differences from the undisturbed run; empty when it ended the same way. Pure. */
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
