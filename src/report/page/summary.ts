import { counted } from "../../core/counted.ts";
import { formatDuration } from "../../core/duration.ts";
import type { ReportData, ReportStep } from "../report-data.ts";
import { byId, element } from "./dom.ts";
import { costWords, timeWords, tokenWords, zoneWords } from "./words.ts";

/** Shows the head of the page: how the run went, what it cost and how long it took. */
export function showSummary(data: ReportData): void {
  const { run, graphNote } = data;
  byId("summary").append(
    element("h1", { children: [document.createTextNode(`${run.name} · ${run.runId} `), statusBadge(run)] }),
    element("p", { class: "outcome", text: outcomeWords(data) }),
    factList("key facts", keyFacts(data)),
    factList("facts", moreFacts(data)),
    element("p", { class: "soft", text: originWords(data) }),
  );
  byId("graph-note").hidden = graphNote === "";
  byId("graph-note").textContent = graphNote;
}

type Fact = readonly [name: string, value: string];

function statusBadge({ status, exitCode }: ReportData["run"]): HTMLElement {
  const code = exitCode === null ? "" : ` · exit ${exitCode}`;
  return element("span", { class: `badge ${status} code-${exitCode ?? ""}`, text: `${status}${code}` });
}

/** Sums up the run in one sentence. */
function outcomeWords({ run, steps }: ReportData): string {
  const why = run.why === "" ? "" : ` ${capital(run.why)}`;
  const until = run.waitsUntilMs === null ? "" : ` until ${timeWords(run.waitsUntilMs)}`;
  if (run.status !== "finished") return `${capital(run.status)} at ${run.at}${until}.${why}`;
  const count = (outcome: ReportStep["outcome"]) => steps.filter((step) => step.outcome === outcome).length;
  const notes = NOTABLE.flatMap((outcome) => {
    const found = count(outcome);
    return found === 0 ? [] : [`${counted(found, "step")} ${outcome}`];
  });
  return `Reached ${run.at}${notes.length === 0 ? "" : `; ${notes.join(", ")}`}.`;
}

/** Outcomes that a reader should notice, in the words of the badges. */
const NOTABLE = ["defaulted", "failed", "reframed", "repaired"] as const;

const capital = (word: string): string => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;

const keyFacts = ({ run, stepsInAll }: ReportData): readonly Fact[] => [
  ["cost", costWords(run.usage) || "–"],
  ["elapsed", formatDuration(run.untilMs - run.startedMs)],
  ["steps", String(stepsInAll)],
  ["tokens", tokenWords(run.usage) || "–"],
];

const moreFacts = ({ run }: ReportData): readonly Fact[] => [
  ["attempts", String(run.attempts)],
  ...(run.waitedMs === 0 ? [] : [["waited", formatDuration(run.waitedMs)] as const]),
  ...(run.resumes === 0 ? [] : [["resumes", String(run.resumes)] as const]),
  ["driven by", run.model === "" ? run.cli : `${run.cli}, ${run.model}`],
  ["started", timeWords(run.startedMs)],
  [run.status === "running" || run.status === "waiting" ? "last event" : "ended", timeWords(run.updatedMs)],
];

const originWords = ({ run, version, generatedMs }: ReportData): string =>
  `${run.directory} · run ${run.uuid} · written ${timeWords(generatedMs)} by Longhaul ${version} · times are ${zoneWords(generatedMs)}`;

const factList = (className: string, facts: readonly Fact[]): HTMLElement =>
  element("dl", {
    class: className,
    children: facts.map(([name, value]) =>
      element("div", { children: [element("dt", { text: name }), element("dd", { text: value })] }),
    ),
  });

const MOST_LISTED = 40;

/** Lists the steps whose output is not the agent's own first answer: readers must not miss them. */
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
