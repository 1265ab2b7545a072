import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { calls } from "../support/in-process.ts";
import { createScene } from "../support/longhaul.ts";
import { openRunDirectory, treeOf } from "../support/run-directory.ts";

const WORKFLOW = {
  "show/workflow.yaml": `
name: show
start: plan
vars: { who: Ada }
nodes:
  - { id: plan, type: agent, prompt: plan.md, outputs: [{ key: plan, default: none }], next: build }
  - { id: build, type: script, script: build.sh, args: ["{{ plan }}", "two words"], outputs: [{ key: built }], next: check }
  - { id: check, type: branch, path: built.ok, cases: { "true": done }, default: bad }
  - { id: done, type: terminal }
  - { id: bad, type: fail }
`,
  "show/plan.md": "Plan for {{ who }}.\n",
  "show/build.sh": `#!/usr/bin/env bash
echo "building $1" >&2
echo "some line"
echo '{"built": {"ok": true}}'
`,
  "show/replay.yaml": "plan: [[{ text: no }, { output: { plan: good } }]]\n",
};

describe("the run directory", () => {
  it("has every file that its page names, readable with jq and cat", async () => {
    const scene = createScene();
    scene.write(WORKFLOW);
    await calls(scene, 0, ["run", "show", "--cli", "replay", "--params", '{"who": "Bob"}']);
    const dir = join(scene.runs, "show-default");
    const run = openRunDirectory(dir);
    expect(Object.keys(treeOf(dir)).filter((name) => !name.endsWith("/"))).toEqual([
      "build",
      "check",
      "checkpoint.json",
      "context.json",
      "journal.jsonl",
      "longhaul.log",
      "plan",
      "run.json",
      "steps/000001-plan/attempts/01/prompt.md",
      "steps/000001-plan/attempts/01/result.json",
      "steps/000001-plan/attempts/02/prompt.md",
      "steps/000001-plan/attempts/02/result.json",
      "steps/000001-plan/context_after.json",
      "steps/000001-plan/output.json",
      "steps/000001-plan/prompt.md",
      "steps/000002-build/attempts/01/process.json",
      "steps/000002-build/attempts/01/result.json",
      "steps/000002-build/attempts/01/stderr.log",
      "steps/000002-build/attempts/01/stdout.log",
      "steps/000002-build/command.txt",
      "steps/000002-build/context_after.json",
      "steps/000002-build/output.json",
      "steps/000002-build/stderr.log",
      "steps/000002-build/stdout.log",
      "steps/000003-check/branch.json",
    ]);
    expect(run.text("plan", "prompt.md")).toBe("Plan for Bob.\n");
    expect(run.text("build", "command.txt")).toBe("build.sh good 'two words'\n");
    expect(run.text("build", "stdout.log")).toBe('some line\n{"built": {"ok": true}}\n');
    expect(run.text("build", "stderr.log")).toBe("building good\n");
    expect(run.json("check", "branch.json")).toMatchObject({ path: "built.ok", value: true, next: "done" });
    expect(run.json("build", "output.json")).toEqual({
      values: { built: { ok: true } },
      sources: { built: { source: "script", tainted_by: [] } },
    });
    expect(run.json("build", "context_after.json")).toEqual(run.json("context.json"));
    expect(run.json("context.json")).toEqual({ who: "Bob", plan: "good", built: { ok: true } });
    expect(run.json("run.json")).toMatchObject({
      format: 1,
      uuid: run.ofType("run.started")[0]?.uuid,
      workflow: { name: "show", path: scene.path("show") },
      run_id: "default",
      status: "finished",
      exit_code: 0,
      stopped_by: null,
      cli: "replay",
      terminal: "done",
      current_step: null,
      waiting: null,
      resumes: 0,
      totals: { steps: 3, attempts: 3, cost_usd: null, waited_s: 0, tokens: { input: null } },
      defaulted: [],
      params: { who: "Bob" },
    });
  });

  it("shows all earlier steps to a script that runs", async () => {
    const scene = createScene();
    scene.write({
      "loop/workflow.yaml": `
name: loop
start: turn
nodes:
  - { id: turn, type: branch, when: [{ if: "{{ visits.turn >= 200 }}", next: look }], default: turn }
  - { id: look, type: script, script: look.sh, next: done }
  - { id: done, type: terminal }
`,
      // 15 s are many times what it takes; a runner that must be woken for each step takes twice as long.
      "loop/look.sh": `cd "$LONGHAUL_RUN_DIR"
for _ in $(seq 75); do
  sleep 0.2
  [ "$(ls steps/*/branch.json | wc -l)" = 200 ] && break
done
ls steps/*/branch.json | wc -l
`,
    });
    await calls(scene, 0, ["run", "loop", "--cli", "replay"]);
    const run = openRunDirectory(join(scene.runs, "loop-default"));
    expect(run.text("look", "stdout.log")).toBe("200\n");
  });

  it("is read by jq line by line and file by file", async () => {
    const scene = createScene();
    scene.write(WORKFLOW);
    await calls(scene, 0, ["run", "show", "--cli", "replay"]);
    const dir = join(scene.runs, "show-default");
    const jq = (filter: string, file: string) =>
      execFileSync("jq", ["-r", filter, join(dir, file)], { encoding: "utf8" });
    expect(jq('select(.type == "step.finished") | .node', "journal.jsonl")).toBe("plan\nbuild\ncheck\n");
    expect(jq(".seq, .node", "checkpoint.json")).toMatch(/^\d+\ncheck\n$|^\d+\ndone\n$/);
    expect(jq(".msg", "longhaul.log").trimEnd().split("\n").at(-1)).toBe("run.finished");
    expect(jq(".exit_code", "run.json")).toBe("0\n");
  });
});

describe("a secret of the environment", () => {
  const SECRET = 'sk-canary/7Hq+"2b\\9';
  const SPELLINGS = [
    SECRET,
    JSON.stringify(SECRET).slice(1, -1),
    Buffer.from(SECRET).toString("base64"),
    encodeURIComponent(SECRET),
  ];
  const TELLTALE = {
    "tell/workflow.yaml": `
name: tell
start: leak
nodes:
  - { id: leak, type: script, script: leak.mjs, outputs: [{ key: said }, { key: coded }], next: pass }
  - { id: pass, type: script, script: pass.sh, args: ["{{ said }}"], next: fails }
  - { id: fails, type: script, script: fails.sh, next: done }
  - { id: done, type: terminal }
`,
    "tell/leak.mjs": `
const key = process.env.API_KEY;
console.error("the key is " + key + " or " + encodeURIComponent(key));
process.stdout.write(key.slice(0, 7));
process.stdout.write(key.slice(7) + "\\n");
console.log(JSON.stringify({ said: "key: " + key, coded: Buffer.from(key).toString("base64") }));
`,
    "tell/pass.sh": '#!/usr/bin/env bash\necho "$1" "$API_KEY"\n',
    "tell/fails.sh": '#!/usr/bin/env bash\necho "cannot log in with $API_KEY" >&2\nexit 1\n',
  };

  it("stands nowhere in the run directory and nowhere on the terminal, however it is spelled", async () => {
    const scene = createScene();
    scene.write(TELLTALE);
    const ended = await calls(scene, 6, ["run", "tell", "--json"], { API_KEY: SECRET });
    const files = filesBelow(scene.runs).map((path) => ({ path, text: readFileSync(path, "utf8") }));
    expect(files.length).toBeGreaterThan(15);
    const all = [...files, { path: "stdout", text: ended.stdout }, { path: "stderr", text: ended.stderr }];
    const leaks = all.flatMap(({ path, text }) =>
      SPELLINGS.filter((spelling) => text.includes(spelling)).map(() => path),
    );
    expect(leaks).toEqual([]);
    expect(ended.stderr).toContain("cannot log in with");
    expect(openRunDirectory(join(scene.runs, "tell-default")).text("leak", "stderr.log")).toContain(
      "the key is ",
    );
  });

  it("is refused as a param, before anything is written", async () => {
    const scene = createScene();
    scene.write(TELLTALE);
    const params = JSON.stringify({ login: { key: SECRET } });
    const refused = await calls(scene, 2, ["run", "tell", "--params", params], { API_KEY: SECRET });
    expect(refused.stderr).toContain("The param login contains a secret of this environment.");
    expect(refused.stderr).toContain("Pass it in the environment");
    expect(refused.stderr).not.toContain(SECRET);
    expect(treeOf(scene.runs)).toEqual({});
  });

  it.each([
    ["run id", "wordy.yaml", ["--run-id", "id-of-Canary-12"]],
    ["label of", "labelled.yaml", []],
    ["workflow's name", "named.yaml", []],
  ])("is refused as the %s", async (what, file, flags) => {
    const scene = createScene();
    const nodes = "start: done\nnodes: [{ id: done, type: terminal }]\n";
    scene.write({
      "tell/wordy.yaml": nodes,
      "tell/labelled.yaml": `labels: { of: "about id-of-Canary-12" }\n${nodes}`,
      "tell/named.yaml": `name: id-of-Canary-12\n${nodes}`,
    });
    const env = { API_KEY: "id-of-Canary-12" };
    const refused = await calls(scene, 2, ["run", join("tell", file), "--cli", "replay", ...flags], env);
    expect(refused.stderr).toContain(`The ${what} contains a secret of this environment.`);
    expect(refused.stderr).not.toContain(env.API_KEY);
    expect(treeOf(scene.runs)).toEqual({});
  });
});

const filesBelow = (dir: string): readonly string[] =>
  readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
