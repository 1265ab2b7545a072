/** Style of the report's page: light or dark by the reader's setting, from phones to paper. */
export const PAGE_STYLE = `
:root { --text: #1c2430; --muted: #5b6677; --back: #f5f6f8; --card: #ffffff; --rule: #dde1e7; --accent: #1a63d8;
  --ok: #1f7a3e; --bad: #b83232; --warn: #8f5c00; --wait: #8d95a3; --cut: #b0569b; --code: #f2f4f7; }
@media (prefers-color-scheme: dark) { :root { --text: #e7ecf3; --muted: #a5b0c0; --back: #0e1116; --card: #14181f;
  --rule: #2a313c; --accent: #7fb0ff; --ok: #59b979; --bad: #e57878; --warn: #e0a93f; --wait: #6c7686; --cut: #d587c4; --code: #1b212b; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
header, main { max-width: 1180px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 26px; }
h1 { font-size: 24px; margin: 0 0 4px; line-height: 1.25; text-wrap: balance; }
h1 .badge { vertical-align: 3px; font-weight: 500; }
h2 { font-size: 17px; margin: 0 0 12px; }
section { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 18px 20px; margin: 18px 0; }
.soft { color: var(--muted); margin: 0; font-size: 13.5px; }
.outcome { margin: 2px 0 0; font-size: 16px; }
.facts { display: flex; flex-wrap: wrap; gap: 8px 30px; margin: 14px 0 10px; }
.key.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: 10px; margin: 16px 0 0; }
.key.facts div { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 10px 16px; }
.key.facts dd { font-size: 21px; line-height: 1.3; }
.facts dt { color: var(--muted); font-size: 12.5px; }
.facts dd { margin: 0; font-weight: 600; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; background: linear-gradient(to left, var(--card) 30%, transparent) right / 48px 100% no-repeat local,
  linear-gradient(to left, var(--rule), transparent) right / 14px 100% no-repeat scroll; }
.scroll svg { display: block; margin: 0 auto; max-width: none; height: auto; }
.badge { display: inline-block; border-radius: 999px; padding: 0 9px; font-size: 12.5px; line-height: 20px; border: 1px solid currentColor; color: var(--muted); white-space: nowrap; }
.badge.genuine, .badge.ok, .badge.code-0 { color: var(--ok); }
.badge.defaulted, .badge.failed, .badge.code-1, .badge.code-3, .badge.code-5, .badge.code-6 { color: var(--bad); }
.badge.repaired, .badge.reframed, .badge.tainted, .badge.open, .badge.code-8, .badge.code-75, .badge.waiting { color: var(--warn); }
.badge.dropped, .badge.interrupted { color: var(--cut); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 14px; }
th { text-align: left; color: var(--muted); font-weight: 500; font-size: 12.5px; }
th, td { padding: 5px 14px 5px 0; border-bottom: 1px solid var(--rule); white-space: nowrap; }
td.number, th.number { text-align: right; }
tfoot td { font-weight: 600; border-bottom: 0; }
.lane { display: grid; grid-template-columns: minmax(70px, 150px) 1fr; gap: 10px; align-items: center; margin: 3px 0; font-size: 13px; }
.lane > span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; text-align: right; color: var(--muted); }
.track { position: relative; height: 20px; background: var(--code); border-radius: 4px; overflow: hidden; }
.track i { position: absolute; top: 2px; bottom: 2px; min-width: 2px; border-radius: 2px; cursor: pointer; }
.track i.ok { background: var(--accent); }
.track i.failed { background: var(--bad); }
.track i.interrupted { background: var(--cut); }
.track i.wait { background: repeating-linear-gradient(45deg, var(--wait) 0 3px, transparent 3px 6px); outline: 1px solid var(--wait); outline-offset: -1px; }
.track i.pause { top: 0; bottom: 0; background: var(--rule); border-radius: 0; cursor: default; }
.axis { display: flex; justify-content: space-between; color: var(--muted); font-size: 12px; font-variant-numeric: tabular-nums; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; color: var(--muted); font-size: 12.5px; margin: 10px 0 0; }
.legend .track { display: inline-block; width: 20px; height: 12px; vertical-align: -1px; margin-right: 6px; background: none; }
.legend .track i { left: 0; right: 0; top: 0; bottom: 0; }
.filters { display: flex; flex-wrap: wrap; gap: 8px; margin-bottom: 10px; }
input, select, button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--rule); border-radius: 6px; padding: 5px 10px; min-height: 36px; max-width: 100%; }
input[type=search] { flex: 1 1 200px; min-width: 0; }
button { cursor: pointer; }
button:disabled { opacity: 0.45; cursor: default; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
details.step { border-top: 1px solid var(--rule); }
details.step > summary { display: grid; grid-template-columns: 58px minmax(90px, 190px) 96px 84px minmax(0, 1fr); gap: 4px 12px; padding: 7px 0; cursor: pointer; align-items: baseline; list-style: none; }
details.step > summary::-webkit-details-marker { display: none; }
details.step > summary:hover, details.step[open] > summary { color: var(--accent); }
.number { font-variant-numeric: tabular-nums; text-align: right; }
.node { font-weight: 600; }
.reason { color: var(--muted); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
details.step[open] .reason { white-space: normal; }
.inside { padding: 2px 0 16px 16px; border-left: 3px solid var(--rule); margin: 0 0 10px 4px; }
.entry { margin: 12px 0 0; }
.entry > p { margin: 0; }
.bar { height: 6px; margin: 4px 0; }
details.text { margin: 8px 0 0; }
details.text > summary { cursor: pointer; color: var(--accent); font-size: 14px; }
pre { background: var(--code); border-radius: 6px; padding: 10px 12px; margin: 6px 0 0; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; font: 12.5px/1.5 ui-monospace, monospace; max-height: 45vh; overflow: auto; }
.pager { display: flex; gap: 10px; align-items: center; flex-wrap: wrap; margin: 12px 0 0; color: var(--muted); font-size: 13.5px; }
#noteworthy { border-color: var(--warn); }
@media (max-width: 640px) {
  header, main { padding: 0 10px; } header { padding-top: 16px; } section { padding: 14px 12px; margin: 12px 0; } h1 { font-size: 20px; }
  details.step > summary { grid-template-columns: 44px minmax(0, 1fr) auto auto; gap: 2px 8px; }
  .reason { grid-column: 2 / -1; } .inside { padding-left: 10px; margin-left: 0; }
  .key.facts { grid-template-columns: 1fr 1fr; gap: 8px; } .key.facts div { padding: 8px 12px; } .key.facts dd { font-size: 18px; }
  .facts { gap: 6px 22px; } .lane { grid-template-columns: 84px 1fr; gap: 8px; }
}
@media print {
  :root { --text: #000; --muted: #444; --back: #fff; --card: #fff; --rule: #ccc; --code: #f4f4f4; --accent: #1a63d8;
    --ok: #1f7a3e; --bad: #b83232; --warn: #8f5c00; --wait: #8d95a3; --cut: #b0569b; }
  body { font-size: 13px; } section { border: 0; padding: 6px 0; } .filters, .pager button { display: none; }
  .scroll { overflow: visible; } .scroll svg { max-width: 100%; } pre { max-height: none; }
  .track, .badge, svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; } details.step { break-inside: avoid; }
}
`;
