import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { calls } from "../support/in-process.ts";
import { createScene, type Scene } from "../support/longhaul.ts";
import { openRunDirectory } from "../support/run-directory.ts";

const RUN = ["run", "work"] as const;

/** One script node, `work`, whose fields and text the test gives; `after` reads what it made. */
function workScene(fields: string, script: string): Scene {
  const scene = createScene();
  scene.write({
    "work/workflow.yaml": `
name: work
start: work
vars: { who: Ada, empty: null, list: [1, two] }
nodes:
  - { id: work, type: script, script: work.sh, next: after${fields} }
  - { id: after, type: script, script: after.sh, args: ["{{ made }}"], next: done }
  - { id: rescue, type: script, script: after.sh, args: ["rescued [{{ made }}]"], next: done }
  - { id: done, type: terminal }
`,
    "work/work.sh": `#!/usr/bin/env bash\necho "try" >> "$LEDGER"\n${script}\n`,
    "work/after.sh": '#!/usr/bin/env bash\necho "after $1" >> "$LEDGER"\n',
  });
  return scene;
}

const workRun = (scene: Scene) => openRunDirectory(join(scene.runs, "work-default"));
const OUTPUTS = ", outputs: [{ key: made, schema: { type: integer }, default: 7 }]";

describe("a script that fails", () => {
  it.each([
    { script: "echo oh no >&2; exit 3", reason: "exit_code", says: "| oh no" },
    { script: "echo no object here", reason: "no_json", says: "printed no JSON object" },
    { script: "echo '{\"other\": 1}'", reason: "missing_key", says: 'without "made"' },
    { script: 'echo \'{"made": "many"}\'', reason: "schema", says: 'a bad "made"' },
    { script: "sleep 600", reason: "timeout", says: "its timeout of 5 s" },
    { script: "kill -9 $$", reason: "signal", says: "killed by SIGKILL" },
  ])("by $reason stops the run with 6, resumable, and says why", async ({ script, reason, says }) => {
    const timeout = reason === "timeout" ? "5s" : "10m"; // of its next try as well
    const scene = workScene(`${OUTPUTS}, timeout: ${timeout}`, script);
    const ended = await calls(scene, 6, RUN);
    expect(ended.stderr).toContain(says);
    expect(workRun(scene).ofType("run.stopped")).toMatchObject([
      { exit_code: 6, failure: { class: "script", reason } },
    ]);
    expect(workRun(scene).json("run.json")).toMatchObject({ status: "stopped", exit_code: 6, defaulted: [] });
    scene.write({ "work/work.sh": "#!/usr/bin/env bash\necho '{\"made\": 1}'\n" });
    await calls(scene, 0, RUN);
    expect(scene.ledger()).toEqual(["try", "after 1"]);
  });

  it.each([
    { wish: "default", code: 8, ledger: ["try", "after 7"], defaulted: ["made"] },
    { wish: "rescue", code: 0, ledger: ["try", "after rescued []"], defaulted: [] },
    { wish: "fail", code: 6, ledger: ["try"], defaulted: [] },
  ])("goes on as on_exhausted: $wish says", async ({ wish, code, ledger, defaulted }) => {
    const scene = workScene(`${OUTPUTS}, on_exhausted: ${wish}`, "exit 1");
    await calls(scene, code, RUN);
    expect(scene.ledger()).toEqual(ledger);
    const { defaulted: recorded } = workRun(scene).json("run.json");
    expect(recorded).toEqual(defaulted.map((key) => ({ step: 1, node: "work", keys: [key] })));
  });

  it("is tried again as often as its retry says, after a growing wait, under the same key", async () => {
    const scene = workScene(
      `${OUTPUTS}, retry: { times: 3, backoff: 100ms }`,
      'echo "$LONGHAUL_STEP" >> "$LEDGER.keys"; [ "$(wc -l < "$LEDGER")" = 3 ] || exit 1; echo "{\\"made\\": 3}"',
    );
    await calls(scene, 0, RUN);
    expect(scene.ledger()).toEqual(["try", "try", "try", "after 3"]);
    const waits = workRun(scene).ofType("wait.started");
    expect(waits.map((wait) => wait.for)).toEqual(["backoff", "backoff"]);
    const keys = readFileSync(scene.path("ledger.keys"), "utf8").trimEnd().split("\n");
    expect(new Set(keys).size).toBe(1);
    expect(waits[1]?.planned_ms).toBeGreaterThan(waits[0]?.planned_ms ?? 0);
    expect(
      workRun(scene)
        .ofType("step.started")
        .map(({ step }) => step),
    ).toEqual([1, 2]);
  });

  it("that exits with 75 means not now: it is waited for, and uses none of its retries", async () => {
    const notYet = 'echo "not yet" >&2; [ "$(wc -l < "$LEDGER")" -ge 4 ] || exit 75; echo "{\\"made\\": 4}"';
    const scene = workScene(OUTPUTS, notYet);
    const env = { AGENT_INVOKE_BACKOFF_BASE_S: "0.01", AGENT_MAX_INVOKE_RETRIES: "1" };
    const ended = await calls(scene, 75, [...RUN, "--no-wait"], env);
    expect(ended.stderr).toContain("not yet");
    expect(scene.ledger()).toEqual(["try", "try"]);
    await calls(scene, 0, RUN, env);
    expect(scene.ledger()).toEqual(["try", "try", "try", "try", "after 4"]);
  });
});

describe("templates", () => {
  it("render missing values empty and name them once per step; values keep their kind in arguments", async () => {
    const scene = workScene(
      ', args: ["{{ who }}", "{{ list }}", "{{ nobody }}", "{{ nobody.here.at_all }}{{ nobody }}", "{{ empty }}", "{{ 1 + 2 }}"]',
      'printf "<%s>" "$@"',
    );
    const ended = await calls(scene, 0, RUN);
    const run = workRun(scene);
    expect(run.text("work", "stdout.log")).toBe('<Ada><[1,"two"]><><><><3>');
    expect(run.ofType("step.started")[0]).toMatchObject({ missing: expect.arrayContaining(["nobody"]) });
    expect(ended.stderr.match(/missing and rendered empty: [^\n]*nobody/g)).toHaveLength(1);
  });

  it("never render data again, and reach no JavaScript", async () => {
    const scene = workScene(
      ', args: ["{{ who }}", "{{ who.constructor }}{{ list.__proto__ }}"]',
      'printf "<%s>" "$@"',
    );
    await calls(scene, 0, [...RUN, "--params", '{"who": "{{ list }}"}']);
    expect(workRun(scene).text("work", "stdout.log")).toBe("<{{ list }}><>");
  });
});

describe("a loop", () => {
  it("is left at max_visits for on_max_visits", async () => {
    const scene = createScene();
    scene.write({
      "work/workflow.yaml": `
name: work
start: again
nodes:
  - { id: again, type: script, script: again.sh, args: ["{{ visits.again }}"], max_visits: 3, on_max_visits: gave_up, next: again }
  - { id: gave_up, type: fail }
  - { id: done, type: terminal }
`,
      "work/again.sh": '#!/usr/bin/env bash\necho "visit $1" >> "$LEDGER"\n',
    });
    await calls(scene, 1, RUN);
    expect(scene.ledger()).toEqual(["visit 1", "visit 2", "visit 3"]);
    expect(workRun(scene).ofType("visits.exhausted")).toMatchObject([
      { node: "again", max_visits: 3, next: "gave_up" },
    ]);
  });
});

it("is not shown on the terminal with NODE_DEBUG=execa: neither its arguments nor its output", async () => {
  const scene = workScene(', args: ["{{ who }}"]', 'echo "printed $1"');
  const ended = await scene.exits(0, RUN, { env: { NODE_DEBUG: "execa" } });
  expect(workRun(scene).text("work", "stdout.log")).toBe("printed Ada\n");
  expect(ended.stdout + ended.stderr).not.toMatch(/printed|Ada/);
});
