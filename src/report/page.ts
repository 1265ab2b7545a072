import { createHash } from "node:crypto";
import { escapeMarkup } from "./escape.ts";
import { PAGE_STYLE } from "./page-style.ts";
import { SVG_STYLE } from "./svg-style.ts";

interface Page {
  readonly title: string;
  /** An `<svg>` element with escaped text. */
  readonly graph: string;
  /** The result of `jsonForScript`, which cannot end its element. */
  readonly dataJson: string;
  /** The page's program: src/report/page, bundled. */
  readonly script: string;
}

/**
 * Builds the whole page as one file. Its content security policy allows only the page's own style and program, by their
 * hashes: no network and no other script, even if an answer contains one.
 */
export function pageHtml({ title, graph, dataJson, script }: Page): string {
  const style = `${SVG_STYLE}${PAGE_STYLE}`;
  // The program must not contain the end tag of its element, not even in a string.
  const program = script.replaceAll("</script", "<\\/script");
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(program)}`,
    `style-src ${hashOf(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${escapeMarkup(title)}</title>
<style>${style}</style>
</head>
<body>
<header id="summary"></header>
<main>
<section id="noteworthy" hidden></section>
<section aria-label="Workflow"><h2>Workflow</h2><p id="graph-note" class="soft" hidden></p><div class="scroll" id="graph">${graph}</div></section>
<section aria-label="Timeline"><h2>Timeline</h2><div id="timeline"></div></section>
<section aria-label="Cost by node"><h2>Nodes</h2><div class="scroll" id="nodes"></div></section>
<section aria-label="Steps"><h2>Steps</h2><div id="steps"></div></section>
</main>
<noscript>This page needs its own script to show the steps.</noscript>
<script type="application/json" id="data">${dataJson}</script>
<script>${program}</script>
</body>
</html>
`;
}

const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
