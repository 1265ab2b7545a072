/** Style of a drawn workflow, light and dark. The report's page uses it too. */
export const SVG_STYLE = `
.lh-graph { --ink: #1c2430; --soft: #5b6677; --line: #8a94a4; --paper: #ffffff; --path: #1a63d8;
  --agent: #dbe9ff; --agent-line: #2f6bd0; --script: #e9e4f8; --script-line: #7355c4;
  --branch: #fdf1d3; --branch-line: #b98b13; --terminal: #d9f2e0; --terminal-line: #2c8a4b;
  --fail: #fbdcdc; --fail-line: #c03b3b; font-family: system-ui, sans-serif; }
@media (prefers-color-scheme: dark) {
  .lh-graph { --ink: #e7ecf3; --soft: #a5b0c0; --line: #77839a; --paper: #14181f; --path: #7fb0ff;
    --agent: #1d3357; --agent-line: #6d9fee; --script: #30274f; --script-line: #a58dec;
    --branch: #43370f; --branch-line: #d9ae3c; --terminal: #163c24; --terminal-line: #59b979;
    --fail: #4c1c1c; --fail-line: #e57878; }
}
@media print {
  .lh-graph { --ink: #000; --soft: #333; --line: #666; --paper: #fff; --path: #1a63d8;
    --agent: #dbe9ff; --script: #e9e4f8; --branch: #fdf1d3; --terminal: #d9f2e0; --fail: #fbdcdc;
    --agent-line: #2f6bd0; --script-line: #7355c4; --branch-line: #b98b13; --terminal-line: #2c8a4b; --fail-line: #c03b3b; }
}
.lh-graph .shape { stroke-width: 1.5; }
.lh-graph .agent .shape { fill: var(--agent); stroke: var(--agent-line); }
.lh-graph .script .shape { fill: var(--script); stroke: var(--script-line); }
.lh-graph .branch .shape { fill: var(--branch); stroke: var(--branch-line); }
.lh-graph .terminal .shape { fill: var(--terminal); stroke: var(--terminal-line); }
.lh-graph .fail .shape { fill: var(--fail); stroke: var(--fail-line); }
.lh-graph .here .shape { stroke-width: 3.5; }
.lh-graph .unvisited { opacity: 0.7; }
.lh-graph .name { font-size: 14px; font-weight: 600; fill: var(--ink); }
.lh-graph .caption { font-size: 11px; fill: var(--soft); }
.lh-graph .label { font-size: 11.5px; fill: var(--ink); paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
.lh-graph .edge { fill: none; stroke: var(--line); stroke-width: 1.4; }
.lh-graph .otherwise { stroke-dasharray: 5 4; }
.lh-graph .taken { stroke: var(--path); stroke-width: 2.6; }
.lh-graph .tip { fill: var(--line); }
.lh-graph .tip-taken { fill: var(--path); }
.lh-graph .begin { fill: var(--soft); }
`;
