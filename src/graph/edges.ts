import type { Path } from "./read-yaml.ts";
import type { Node } from "./schema.ts";

/** One way out of a node: the target's id and its place in the node. */
export interface Edge {
  readonly target: string;
  readonly path: Path;
}

/** All ways out of a node, in the order of the format's description. */
export function edgesOf(node: Node): readonly Edge[] {
  switch (node.type) {
    case "terminal":
    case "fail":
      return [];
    case "branch":
      return [
        ...Object.entries(node.cases ?? {}).map(([key, target]) => ({ target, path: ["cases", key] })),
        ...(node.conditions ?? []).map(({ next }, index) => ({
          target: next,
          path: ["conditions", index, "next"],
        })),
        ...(node.when ?? []).map(({ next }, index) => ({ target: next, path: ["when", index, "next"] })),
        ...optionalEdge(node.default, "default"),
        ...optionalEdge(node.on_max_visits, "on_max_visits"),
      ];
    case "agent":
    case "script":
      return [
        { target: node.next, path: ["next"] },
        ...optionalEdge(isNodeTarget(node.on_exhausted) ? node.on_exhausted : undefined, "on_exhausted"),
        ...optionalEdge(node.on_max_visits, "on_max_visits"),
      ];
    default:
      return node satisfies never;
  }
}

/** `on_exhausted` accepts two words besides node ids. */
const isNodeTarget = (target: string | undefined): target is string =>
  target !== undefined && target !== "default" && target !== "fail";

const optionalEdge = (target: string | undefined, key: string): readonly Edge[] =>
  target === undefined ? [] : [{ target, path: [key] }];
