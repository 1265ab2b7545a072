import { formatDuration } from "../../core/duration.ts";
import type { ReportData, ReportSpan } from "../report-data.ts";
import { byId, element } from "./dom.ts";
import { timeWords } from "./words.ts";

/** Shows one lane per node, from the run's start to its current time. A click opens the step. */
export function showTimeline({ run, lanes, pauses }: ReportData, open: (step: number) => void): void {
  const totalMs = Math.max(1, run.untilMs - run.startedMs);
  const place = (made: HTMLElement, fromMs: number, toMs: number) => {
    const left = (100 * (fromMs - run.startedMs)) / totalMs;
    made.style.left = `min(${left.toFixed(3)}%, calc(100% - 2px))`;
    made.style.width = `${((100 * (toMs - fromMs)) / totalMs).toFixed(3)}%`;
    return made;
  };
  const pauseBars = () =>
    pauses.map(({ fromMs, toMs }) =>
      place(element("i", { class: "pause", title: "no process held the run" }), fromMs, toMs),
    );
  const container = byId("timeline");
  container.append(
    ...lanes.map(({ node, spans }) => {
      const bars = spans.map((span) => {
        const bar = place(
          element("i", { class: span.kind, title: spanTitle(node, span) }),
          span.fromMs,
          span.toMs,
        );
        bar.dataset["step"] = String(span.step);
        return bar;
      });
      const track = element("div", { class: "track", children: [...pauseBars(), ...bars] });
      return element("div", {
        class: "lane",
        children: [element("span", { text: node, title: node }), track],
      });
    }),
    axis(run.startedMs, totalMs),
    legend(),
  );
  container.addEventListener("click", ({ target }) => {
    const step = target instanceof HTMLElement ? target.dataset["step"] : undefined;
    if (step !== undefined) open(Number(step));
  });
}

const QUARTERS = [0, 0.25, 0.5, 0.75, 1];

/** Shows the time since the start below the lanes, and the time of day at both ends. */
const axis = (startedMs: number, totalMs: number): HTMLElement =>
  element("div", {
    class: "lane",
    children: [
      element("span"),
      element("div", {
        class: "axis",
        children: QUARTERS.map((share) =>
          element("span", {
            text: share === 0 ? "0" : formatDuration(Math.round(totalMs * share)),
            title: timeWords(startedMs + totalMs * share),
          }),
        ),
      }),
    ],
  });

function spanTitle(node: string, { kind, fromMs, toMs, step, count }: ReportSpan): string {
  const what = count === 1 ? WORDS[kind] : `${count} × ${WORDS[kind]}`;
  return `${node}, step ${step}: ${what}, ${formatDuration(toMs - fromMs)}, ${timeWords(fromMs)}`;
}

const WORDS = { ok: "worked", failed: "failed attempt", wait: "wait", interrupted: "interrupted" } as const;

const legend = (): HTMLElement =>
  element("div", {
    class: "legend",
    children: [...Object.entries(WORDS), ["pause", "not running"] as const].map(([kind, words]) =>
      element("span", {
        children: [
          element("span", { class: "track", children: [element("i", { class: kind })] }),
          document.createTextNode(words),
        ],
      }),
    ),
  });
