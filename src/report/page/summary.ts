import { formatDuration } from "../../core/duration.ts";
import type { ReportData, ReportStep } from "../report-data.ts";
import { byId, element } from "./dom.ts";
import { costWords, timeWords, tokenWords } from "./words.ts";

/** The head of the page: how the run went, in one look. */
export function showSummary({ run, version, generatedMs, stepsInAll, graphNote, nodes }: ReportData): void {
  const code = run.exitCode === null ? "" : ` · exit ${run.exitCode}`;
  const facts: readonly (readonly [string, string])[] = [
    ["at", run.at],
    ["elapsed", formatDuration(run.updatedMs - run.startedMs)],
    ["waited", formatDuration(run.waitedMs)],
    ["steps", String(stepsInAll)],
    ["attempts", String(run.attempts)],
    ["resumes", String(run.resumes)],
    ["tokens", run.usage.tokens === null ? "–" : tokenWords(run.usage)],
    ["cost", nodes.some(({ type }) => type === "agent") ? costWords(run.usage) : "–"],
    ["driven by", run.model === "" ? run.cli : `${run.cli}, ${run.model}`],
  ];
  byId("summary").append(
    element("h1", {
      children: [
        document.createTextNode(`${run.name} · ${run.runId} `),
        element("span", {
          class: `badge ${run.status} code-${run.exitCode ?? ""}`,
          text: `${run.status}${code}`,
        }),
      ],
    }),
    element("p", {
      class: "soft",
      text: `${timeWords(run.startedMs)} to ${timeWords(run.updatedMs)} · ${run.directory}`,
    }),
    element("p", {
      class: "soft",
      text: `Longhaul ${version}, written ${timeWords(generatedMs)} · run ${run.uuid}`,
    }),
    ...(run.why === "" ? [] : [element("p", { class: "why", text: run.why })]),
    element("dl", {
      class: "facts",
      children: facts.map(([name, value]) =>
        element("div", { children: [element("dt", { text: name }), element("dd", { text: value })] }),
      ),
    }),
  );
  byId("graph-note").hidden = graphNote === "";
  byId("graph-note").textContent = graphNote;
}

const MOST_LISTED = 40;

/** Steps whose output is not the agent's own first answer come first: a reader must not miss them. */
export function showNoteworthy(steps: readonly ReportStep[], open: (step: number) => void): void {
  const found = steps
    .filter(({ outcome }) => outcome !== "genuine")
    .toSorted((left, right) => WEIGHT[left.outcome] - WEIGHT[right.outcome] || left.step - right.step);
  if (found.length === 0) return;
  const rest = found.length - MOST_LISTED;
  const section = byId("noteworthy");
  section.hidden = false;
  section.append(
    element("h2", { text: "Look at these first" }),
    ...found.slice(0, MOST_LISTED).map((step) => noteworthyLine(step, open)),
    ...(rest > 0
      ? [element("p", { class: "soft", text: `and ${rest} more: filter the steps below by outcome.` })]
      : []),
  );
}

const WEIGHT = {
  defaulted: 0,
  failed: 1,
  open: 2,
  reframed: 3,
  repaired: 4,
  dropped: 5,
  genuine: 6,
} as const;

function noteworthyLine(step: ReportStep, open: (step: number) => void): HTMLElement {
  const button = element("button", { text: `step ${step.step}` });
  button.addEventListener("click", () => open(step.step));
  const keys = step.defaulted.length === 0 ? "" : ` ${step.defaulted.join(", ")}`;
  const children = [
    button,
    document.createTextNode(" "),
    element("span", { class: `badge ${step.outcome}`, text: step.outcome }),
    element("span", { class: "node", text: ` ${step.node}` }),
    document.createTextNode(`${keys} `),
    element("span", { class: "soft", text: step.reason }),
  ];
  return element("p", { class: "entry", children });
}
