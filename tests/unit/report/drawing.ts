import type { Diagram, DiagramEdge } from "../../../src/report/diagram.ts";

/** A diagram of nodes by id and type, and edges written `from to label`. */
export function diagram(nodes: Readonly<Record<string, string>>, edges: readonly string[]): Diagram {
  return {
    title: "test",
    start: Object.keys(nodes)[0] ?? "",
    nodes: Object.entries(nodes).map(([id, type]) => ({ id, type })),
    edges: edges.map((written): DiagramEdge => {
      const [from = "", to = "", ...label] = written.split(" ");
      return { from, to, labels: label.length === 0 ? [] : [label.join(" ")], kind: "usual" };
    }),
  };
}

/** Two loops, a branch with three ways, and a node that nothing leads to. */
export const LOOPS = diagram(
  {
    plan: "agent",
    work: "agent",
    check: "script",
    choose: "branch",
    done: "terminal",
    lost: "fail",
    alone: "script",
  },
  [
    "plan work",
    "work check",
    "work lost exhausted",
    "check choose",
    "choose done 0",
    "choose plan > 10",
    "choose work else",
    "check check again",
    "alone done",
  ],
);
