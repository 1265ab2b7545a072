/** A workflow whose CLI and scripts print all their secrets, wherever they can print. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { JSON_SPELLINGS, SECRETS, SPELLINGS } from "./canaries.ts";
import type { Scene } from "./longhaul.ts";

/** What the programs print. They read it from a file, because their environment is what must stay secret. */
function printed(): string {
  const raw = SECRETS.flatMap((secret) => Object.values(SPELLINGS).map((spell) => spell(secret)));
  const inJson = [
    ...SECRETS.flatMap((secret) => Object.values(JSON_SPELLINGS).map((spell) => spell(secret))),
    ...raw.map((text) => JSON.stringify(text).slice(1, -1)),
  ];
  return JSON.stringify({ raw, inJson, secrets: SECRETS });
}

const PRINTING = `
const { readFileSync, writeSync, appendFileSync } = require("node:fs");
const { raw, inJson, secrets } = JSON.parse(readFileSync(process.env.PRINTED, "utf8"));
/** Writes one byte at a time, so that every canary is split everywhere. */
function say(fd, text) {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at++) writeSync(fd, bytes, at, 1);
}
const zeros = () => secrets.map((secret) => "\\0" + secret + "\\0").join("");
const all = inJson.join(" ");
const list = () => "[" + inJson.map((text) => '"' + text + '"').join(",") + "]";
`;

/** Its n-th turn: no usable answer, a failing API, an unknown end, half a canary and silence, and then the answer. */
const CLAUDE = `#!/usr/bin/env node
${PRINTING}
if (process.argv.includes("--version")) { console.log("2.1.197 (Claude Code)"); process.exit(0); }
const prompt = readFileSync(0, "utf8");
appendFileSync(process.env.LEDGER, "turn\\n");
const turn = readFileSync(process.env.LEDGER, "utf8").split("\\n").length - 1;
const line = (json) => say(1, json + "\\n");
const spoken = (text) => line('{"type":"assistant","message":{"model":"m","content":[{"type":"text","text":"' + text + '"}]}}');
const result = (more) => line('{"type":"result","subtype":"success","session_id":"5e55-10",' + more + "}");
line('{"type":"system","subtype":"init","session_id":"5e55-10","model":"m"}');
for (const text of inJson) {
  spoken(text);
  line('{"type":"assistant","message":{"model":"m","content":[{"type":"tool_use","id":"t","name":"Bash","input":{"command":"echo ' + text + '"}}]}}');
  line('{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"t","content":"' + text + '"}]}}');
}
for (const text of raw) { line(text); say(2, text + "\\n"); }
line(zeros()); say(2, zeros() + "\\n");
switch (turn) {
  case 1: {
    const keys = '{\\\\"' + inJson.slice(0, 30).map((text) => JSON.stringify(text).slice(1, -1)).join('\\\\":1,\\\\"') + '\\\\":1}';
    spoken(keys);
    result('"is_error":false,"result":"' + keys + '"');
    break;
  }
  case 2: result('"is_error":true,"api_error_status":500,"result":"API Error: ' + all + '"'); process.exit(1);
  case 3: line('{"type":"result","subtype":"new","is_error":true,"result":"' + all + '"}'); process.exit(1);
  case 4:
    for (const secret of secrets) say(1, secret.slice(0, -3));
    appendFileSync(process.env.LEDGER + ".holds", "");
    setInterval(() => {}, 1000);
    return;
  default:
    result('"is_error":false,"result":"","structured_output":{"verdict":' + list() + ',"second":' + JSON.stringify(prompt.slice(0, 50)) + "}");
}
`;

const LEAK = `${PRINTING}
for (const text of raw) { say(1, text + "\\n"); say(2, text + "\\n"); }
say(1, zeros() + "\\n"); say(2, zeros() + "\\n");
say(1, '{"said":' + list() + ',"much":"');
writeSync(1, "x".repeat(70000)); // more than the journal keeps in a line, so it goes to blobs/
say(1, all + '"}\\n');
`;

export const LEAKY_WORKFLOW = {
  "leaky/workflow.yaml": `
name: leaky
start: ask
labels: { verdict: "{{ verdict }}" }
nodes:
  - { id: ask, type: agent, prompt: ask.md, outputs: [{ key: verdict, default: none }], next: leak }
  - { id: leak, type: script, script: leak.cjs, outputs: [{ key: said }, { key: much }], next: pass }
  - { id: pass, type: script, script: pass.sh, args: ["{{ said }}", "{{ verdict }}"], next: again }
  - { id: again, type: agent, prompt: again.md, outputs: [{ key: second, default: none }], on_exhausted: default, next: fails }
  - { id: fails, type: script, script: fails.cjs, next: done }
  - { id: done, type: terminal }
`,
  "leaky/ask.md": "Say all you know.\n",
  "leaky/again.md": "Again: {{ verdict }} {{ said }}\n",
  "leaky/leak.cjs": `#!/usr/bin/env node\n${LEAK}`,
  "leaky/pass.sh": '#!/usr/bin/env bash\necho "$@" "$API_KEY"\necho "$ODD_PASSWORD" >&2\n',
  "leaky/fails.cjs": `#!/usr/bin/env node\n${LEAK}\nprocess.exit(process.env.SPARED ? 0 : 1);\n`,
  "bin/claude": CLAUDE,
  // Without it a package.json above the scene, such as /tmp/package.json, could make this program an ECMAScript module.
  "bin/package.json": '{ "type": "commonjs" }\n',
};

/** Writes the workflow into a scene. Returns the environment that it needs besides the canaries. */
export function writeLeakyWorkflow(scene: Scene): Record<string, string> {
  scene.write(LEAKY_WORKFLOW);
  const file = join(scene.root, "printed.json");
  writeFileSync(file, printed());
  chmodSync(scene.path("bin", "claude"), 0o755);
  return { PRINTED: file, PATH: `${scene.path("bin")}:${process.env["PATH"] ?? ""}` };
}
