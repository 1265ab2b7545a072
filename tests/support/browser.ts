import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type BrowserContext, chromium, type Page } from "playwright-core";

/** A real browser without a network, and everything its pages complained about. */
export interface Browser {
  /** Opens a file at a screen's size; rejects when the page does not load. */
  open(file: string, screen?: Screen): Promise<OpenPage>;
  close(): Promise<void>;
}

export interface Screen {
  readonly width: number;
  readonly height: number;
  readonly dark?: boolean;
}

export interface OpenPage {
  readonly page: Page;
  /** Errors of the console and of scripts, and the pages' network requests. */
  readonly complaints: readonly string[];
  /** Takes a screenshot; keeps it in $SCREENSHOTS when that is set. */
  picture(name: string): Promise<void>;
}

const ARGUMENTS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** A newly installed browser starts slowly beside other suites. The page itself waits for nothing. */
const PATIENCE_MS = 120_000;
export const DESKTOP: Screen = { width: 1280, height: 900 };
export const PHONE: Screen = { width: 375, height: 812 };

/** Starts Debian's chromium, or the one that $CHROMIUM names. */
export async function startBrowser(): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), "longhaul-browser-"));
  const pictures = process.env["SCREENSHOTS"] ?? join(profile, "pictures");
  mkdirSync(pictures, { recursive: true });
  const context = await chromium.launchPersistentContext(join(profile, "user"), {
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    headless: true,
    chromiumSandbox: false,
    args: ARGUMENTS,
    offline: true,
    timeout: PATIENCE_MS,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  return {
    open: (file, screen = DESKTOP) => openPage({ context, pictures }, file, screen),
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 }); // its helper processes exit last
    },
  };
}

interface Started {
  readonly context: BrowserContext;
  readonly pictures: string;
}

async function openPage({ context, pictures }: Started, file: string, screen: Screen): Promise<OpenPage> {
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() !== "log") complaints.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    if (request.url() !== pathToFileURL(file).href) complaints.push(`asked for ${request.url()}`);
  });
  await page.setViewportSize({ width: screen.width, height: screen.height });
  await page.emulateMedia({ colorScheme: screen.dark === true ? "dark" : "light" });
  await page.goto(pathToFileURL(file).href);
  const picture = async (name: string) => {
    await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  };
  return { page, complaints, picture };
}
