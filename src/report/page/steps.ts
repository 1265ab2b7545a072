import { counted } from "../../core/counted.ts";
import type { ReportData, ReportStep } from "../report-data.ts";
import { byId, element } from "./dom.ts";
import { stepElement } from "./step.ts";

const PER_PAGE = 100;

/** Shows the list of steps, filtered and a page at a time, so that thousands stay fast. Returns a function that opens a step. */
export function showSteps({ steps, stepsInAll }: ReportData): { readonly open: (step: number) => void } {
  const pages = pagedList(steps);
  const filters = filterFields(steps, (matches) => pages.show(steps.filter(matches)));
  const left = stepsInAll - steps.length;
  const leftOut = `${left} older steps are left out here; all are in steps/.`;
  byId("steps").append(
    element("div", { class: "filters", children: filters.fields }),
    ...(left > 0 ? [element("p", { class: "soft", text: leftOut })] : []),
    ...pages.elements,
  );
  pages.show(steps);
  return {
    open: (step) => {
      filters.clear();
      pages.open(step);
    },
  };
}

function pagedList(steps: readonly ReportStep[]) {
  const list = element("div");
  const pager = element("div", { class: "pager" });
  let found = steps;
  const turn = (page: number) => {
    list.replaceChildren(...found.slice(page * PER_PAGE, (page + 1) * PER_PAGE).map(stepElement));
    pager.replaceChildren(...pagerParts({ page, found: found.length, all: steps.length, turn }));
  };
  const show = (chosen: readonly ReportStep[]) => {
    found = chosen;
    turn(0);
  };
  const open = (step: number) => {
    show(steps);
    const index = Math.max(
      0,
      steps.findIndex((other) => other.step >= step),
    );
    turn(Math.floor(index / PER_PAGE));
    reveal(list.children[index % PER_PAGE]);
  };
  return { elements: [list, pager], show, open };
}

function reveal(step: Element | undefined): void {
  if (!(step instanceof HTMLDetailsElement)) return;
  step.open = true;
  step.scrollIntoView({ block: "center" });
  step.querySelector("summary")?.focus();
}

function filterFields(
  steps: readonly ReportStep[],
  chosen: (matches: (step: ReportStep) => boolean) => void,
) {
  const text = searchField();
  const node = chooser("node", [...new Set(steps.map((step) => step.node))]);
  const outcome = chooser("outcome", outcomesOf(steps));
  const fields = [text, node, outcome];
  const filter = () => chosen(matcher({ text: text.value, node: node.value, outcome: outcome.value }));
  for (const field of fields) field.addEventListener("input", filter);
  const clear = () => {
    for (const field of fields) field.value = "";
  };
  return { fields, clear };
}

function searchField(): HTMLInputElement {
  const made = element("input");
  made.type = "search";
  made.placeholder = "text in prompts, answers, failures";
  made.setAttribute("aria-label", "filter by text");
  return made;
}

function chooser(name: string, values: readonly string[]): HTMLSelectElement {
  const all = element("option", { text: `every ${name}` });
  all.value = "";
  const made = element("select", {
    children: [
      all,
      ...values.map((value) => {
        const option = element("option", { text: value });
        option.value = value;
        return option;
      }),
    ],
  });
  made.setAttribute("aria-label", `filter by ${name}`);
  return made;
}

const outcomesOf = (steps: readonly ReportStep[]): readonly string[] => [
  ...new Set(steps.map(({ outcome }) => outcome)),
  ...(steps.some(({ tainted }) => tainted.length > 0) ? ["tainted"] : []),
];

interface Wanted {
  readonly text: string;
  readonly node: string;
  readonly outcome: string;
}

function matcher({ text, node, outcome }: Wanted): (step: ReportStep) => boolean {
  const needle = text.trim().toLowerCase();
  return (step) =>
    (node === "" || step.node === node) &&
    (outcome === "" || step.outcome === outcome || (outcome === "tainted" && step.tainted.length > 0)) &&
    (needle === "" || textsOf(step).some((part) => part.toLowerCase().includes(needle)));
}

const textsOf = (step: ReportStep): readonly string[] => [
  step.node,
  step.reason,
  step.command?.text ?? "",
  step.output?.text ?? "",
  ...step.entries.flatMap(({ title, detail, prompt, answer }) => [
    title,
    detail,
    prompt?.text ?? "",
    answer?.text ?? "",
  ]),
];

interface PagerState {
  readonly page: number;
  readonly found: number;
  readonly all: number;
  readonly turn: (page: number) => void;
}

function pagerParts({ page, found, all, turn }: PagerState): readonly HTMLElement[] {
  const pages = Math.max(1, Math.ceil(found / PER_PAGE));
  const button = (label: string, to: number) => {
    const made = element("button", { text: label });
    made.disabled = to < 0 || to >= pages || to === page;
    made.addEventListener("click", () => turn(to));
    return made;
  };
  const count = found === all ? counted(all, "step") : `${found} of ${counted(all, "step")}`;
  if (pages === 1) return [element("span", { text: count })];
  return [
    button("First", 0),
    button("Previous", page - 1),
    element("span", { text: `page ${page + 1} of ${pages} · ${count}` }),
    button("Next", page + 1),
    button("Last", pages - 1),
  ];
}
