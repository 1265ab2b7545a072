import { statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Browser, DESKTOP, type OpenPage, PHONE, startBrowser } from "../support/browser.ts";
import { createScene, type Scene } from "../support/longhaul.ts";
import { runManySteps, runTroubles } from "../support/report-runs.ts";

const HELLO_WORLD = join(import.meta.dirname, "../../workflows/hello-world");

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());

async function report(scene: Scene, run: string): Promise<string> {
  const { stdout } = await scene.exits(0, ["report", run]);
  return stdout.trim();
}

const rows = ({ page }: OpenPage) => page.locator("details.step");
/** Resolves when the page has so many; what is inside a step comes a moment after it has opened. */
const shows = (found: ReturnType<typeof rows>, count: number) =>
  expect.poll(() => found.count(), { timeout: 30_000 }).toBe(count);
const scrollsSideways = ({ page }: OpenPage): Promise<boolean> =>
  page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth");

describe("the report of a run without trouble", () => {
  it("shows the path, the steps, and nothing to worry about", async () => {
    const scene = createScene();
    await scene.exits(0, ["run", HELLO_WORLD, "--cli", "replay", "--quiet"]);
    const opened = await browser.open(await report(scene, "hello-world-default"));
    const { page, complaints } = opened;
    expect(await page.title()).toBe("hello-world default");
    expect(await page.locator("h1").innerText()).toBe("hello-world · default finished · exit 0");
    expect(await rows(opened).count()).toBe(3);
    expect(await page.locator("#noteworthy").isVisible()).toBe(false);
    expect(await page.locator(".lh-graph .taken").count()).toBe(3);
    expect(await page.locator(".lh-graph .unvisited .name").allTextContents()).toEqual(["too_short"]);
    expect(await page.locator("#nodes tbody tr").count()).toBe(3);
    expect(await page.locator(".outcome").innerText()).toBe("Reached done.");
    expect(await page.locator(".key dd").allInnerTexts()).toEqual(["–", expect.any(String), "3", "–"]);
    await opened.picture("hello-desktop");
    expect(complaints).toEqual([]);
  });
});

const openTroubles = async (screen = DESKTOP) => {
  const scene = createScene();
  return browser.open(await report(scene, await runTroubles(scene)), screen);
};

describe("the report of a run with troubles and hostile answers", () => {
  it("shows defaulted outputs first, then repaired ones", async () => {
    const opened = await openTroubles();
    const badges = await opened.page.locator("#noteworthy .badge").allInnerTexts();
    expect(badges).toEqual(["defaulted", "repaired"]);
    expect(await opened.page.locator("#noteworthy .soft").allInnerTexts()).toEqual([
      "answer/refusal: The model refused.",
      expect.stringMatching(/^after answer\/no_json: /),
    ]);
    await opened.page.locator("#noteworthy button").first().click();
    const inside = opened.page.locator("details.step[open]");
    expect(await inside.locator("summary .node").first().innerText()).toBe("review");
    expect(await inside.locator(".inside").innerText()).toContain("Defaulted: verdict");
    expect(await opened.page.locator(".outcome").innerText()).toBe(
      "Reached done; 1 step defaulted, 1 step repaired.",
    );
    await opened.picture("troubles-opened");
    expect(opened.complaints).toEqual([]);
  });

  it("opens a step, its prompt and its answer, and runs nothing of them", async () => {
    const opened = await openTroubles();
    const { page } = opened;
    const step = rows(opened).nth(1);
    await step.locator("summary").first().click();
    await step.locator("details.text > summary", { hasText: "prompt" }).first().click();
    expect(await step.locator("details.text[open] > summary").allInnerTexts()).toEqual([
      expect.stringMatching(/^prompt/),
      expect.stringMatching(/^prompt/),
      expect.stringMatching(/^answer/),
    ]);
    const text = await step.locator("details.text[open] pre").allInnerTexts();
    expect(text[0]).toContain("Implement </script><script>window.hacked = 1</script>");
    expect(text.at(-1)).toContain("first </script><script>window.hacked = 4</script>");
    expect(await step.innerText()).toContain("Cut after");
    expect(await page.evaluate("window.hacked")).toBeUndefined();
    expect(await page.locator("img, main script, iframe").count()).toBe(0);
    expect(opened.complaints).toEqual([]);
  });

  it("shows the wait and the failed attempt in the timeline", async () => {
    const opened = await openTroubles();
    expect(await opened.page.locator("#timeline .lane .wait").count()).toBeGreaterThan(0);
    expect(await opened.page.locator("#timeline .lane .failed").count()).toBeGreaterThan(0);
    await opened.page.locator("#timeline .lane .wait").first().click();
    expect(await opened.page.locator("details.step[open] .inside").innerText()).toContain("wait (backoff)");
  });

  it("filters by node, outcome and text", async () => {
    const opened = await openTroubles();
    const { page } = opened;
    const shown = async () => (await rows(opened).locator("summary .node").allInnerTexts()).join(" ");
    await page.getByLabel("filter by node").selectOption("check");
    expect(await shown()).toBe("check check (2)");
    await page.getByLabel("filter by node").selectOption("");
    await page.getByLabel("filter by outcome").selectOption("defaulted");
    expect(await shown()).toBe("review");
    await page.getByLabel("filter by outcome").selectOption("");
    await page.getByLabel("filter by text").fill("529 OVERLOADED");
    expect(await shown()).toBe("implement");
    await page.getByLabel("filter by text").fill("found nowhere");
    expect(await shown()).toBe("");
    expect(await page.locator(".pager").innerText()).toBe("0 of 9 steps");
  });

  it("fits a phone, light and dark, also with everything opened", async () => {
    const opened = await openTroubles({ ...PHONE, dark: true });
    await opened.picture("troubles-phone-dark");
    expect(await scrollsSideways(opened)).toBe(false);
    await opened.page.evaluate(
      "document.querySelectorAll('details.step').forEach((step) => (step.open = true))",
    );
    await shows(opened.page.locator(".inside"), await rows(opened).count());
    expect(await scrollsSideways(opened)).toBe(false);
    expect(opened.complaints).toEqual([]);
  });

  it.each([
    ["a small phone", { width: 360, height: 740 }],
    ["a tablet", { width: 768, height: 1024 }],
    ["a tablet in the dark", { width: 1024, height: 768, dark: true }],
  ])("fits %s", async (name, screen) => {
    const opened = await openTroubles(screen);
    await opened.picture(`troubles-${name.replaceAll(" ", "-")}`);
    expect(await scrollsSideways(opened)).toBe(false);
    expect(opened.complaints).toEqual([]);
  });

  it("is read with the keyboard alone: opens what needs attention, and shows where it is", async () => {
    const opened = await openTroubles();
    const { page } = opened;
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("step 8");
    expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
    await page.keyboard.press("Enter");
    expect(await page.locator("details.step[open] .node").first().innerText()).toBe("review");
    expect(await page.evaluate("document.activeElement.tagName")).toBe("SUMMARY");
    const texts = page.locator("details.step[open] details.text[open]");
    await shows(texts, 1);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await shows(texts, 2);
  });

  it("prints in black on white, without its fields", async () => {
    const opened = await openTroubles({ ...DESKTOP, dark: true });
    await opened.page.emulateMedia({ media: "print", colorScheme: "dark" });
    const colours =
      "(({ color, backgroundColor }) => [color, backgroundColor])(getComputedStyle(document.body))";
    expect(await opened.page.evaluate(colours)).toEqual(["rgb(0, 0, 0)", "rgb(255, 255, 255)"]);
    expect(await opened.page.locator(".filters").isVisible()).toBe(false);
    const badge = "getComputedStyle(document.querySelector('.badge.defaulted')).color";
    expect(await opened.page.evaluate(badge)).toBe("rgb(184, 50, 50)");
    await opened.picture("troubles-print");
  });

  it("lets nothing out and nothing in, whatever a script on the page would try", async () => {
    const opened = await openTroubles();
    const { page } = opened;
    const injected = `(() => { const made = document.createElement("script"); made.textContent = "window.hacked = 9"; document.body.append(made); })()`;
    await page.evaluate(injected);
    expect(await page.evaluate("window.hacked")).toBeUndefined();
    expect(opened.complaints.join(" ")).toContain("Content Security Policy");
  });
});

describe("the report of a run with 5,000 steps", () => {
  it("is a small file that shows a page of steps at a time", async () => {
    const scene = createScene();
    const file = await report(scene, await runManySteps(scene, 5001));
    expect(statSync(file).size).toBeLessThan(20_000_000);
    const opened = await browser.open(file);
    const { page } = opened;
    expect(await rows(opened).count()).toBe(100);
    expect(await page.locator("#timeline i[data-step]").count()).toBeLessThan(5000);
    expect(await page.locator(".pager").innerText()).toContain("page 1 of 51 · 5001 steps");
    await page.getByRole("button", { name: "Last" }).click();
    expect(await rows(opened).last().locator("summary .number").first().innerText()).toBe("5001");
    await page.getByLabel("filter by node").selectOption("again");
    expect(await page.locator(".pager").innerText()).toContain("2500 of 5001 steps");
    await opened.picture("many");
    expect(opened.complaints).toEqual([]);
  });
});
