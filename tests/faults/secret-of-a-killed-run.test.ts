import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { actedRun, actedScene, answers, killAtAct, modelSays, runActed } from "../support/acted-claude.ts";
import { recordFault } from "../support/fault-matrix.ts";
import { expectExit, type Scene } from "../support/longhaul.ts";
import { treeOf } from "../support/run-directory.ts";

const CANARY = 'sk-canary/7Hq+"2b\\9';
const escaped = JSON.stringify(CANARY).slice(1, -1);
const SPELLINGS = {
  plain: CANARY,
  JSON: escaped,
  "JSON in JSON": JSON.stringify(escaped).slice(1, -1),
  base64: Buffer.from(CANARY).toString("base64"),
  base64url: Buffer.from(CANARY).toString("base64url"),
  URL: encodeURIComponent(CANARY),
};
const told = Object.values(SPELLINGS).join(" or ");
const env = { REPO_TOKEN: CANARY };

it("a secret stands nowhere in the directory of a killed run, however it is spelled", async ({ task }) => {
  const scene = actedScene({
    1: { says: [modelSays(`The token is ${told}.`), modelSays("That is all.")], holds: true },
    // Half of it, without the end of its line: what the runner has in hand when it dies.
    2: { says: [modelSays("Once more."), `{"type":"assistant","text":"${CANARY.slice(0, 9)}`], holds: true },
    3: answers(JSON.stringify({ answer: `It was ${CANARY}.` })),
  });
  scene.write({ "acted/workflow.yaml": WORKFLOW, "acted/leak.sh": LEAK });
  const killed: Found[] = [];
  await killAtAct(scene, 1, env, "That is all.");
  killed.push(search(scene));
  await killAtAct(scene, 2, env, "Once more.");
  killed.push(search(scene));
  const inScript = await runActed(scene, env);
  expect(inScript.signal).toBe("SIGKILL");
  killed.push(search(scene));
  const last = expectExit(0, await runActed(scene, env));
  killed.push(search(scene));
  expect(killed.flatMap(({ leaks }) => leaks)).toEqual([]);
  expect([inScript.stdout, inScript.stderr, last.stdout, last.stderr].flatMap(spelledIn)).toEqual([]);
  // It was all kept, only not the secret.
  expect(actedRun(scene).text("ask", "attempts", "01", "events.jsonl")).toContain("The token is ");
  expect(actedRun(scene).text("leak", "attempts", "01", "stdout.log")).toContain("the token is ");
  expect(actedRun(scene).json("context.json")).toMatchObject({
    answer: expect.stringMatching(/^It was .+\.$/),
  });
  recordFault(task, {
    promise: 5,
    fault: "a run that was told a secret is killed",
    how: "SIGKILL in two turns and in a script that print it, one in the middle of a line; every file searched after each and at the end",
    injected: killed.length - 1,
    found: {
      "files searched": killed.reduce((sum, { files }) => sum + files, 0),
      spellings: Object.keys(SPELLINGS).length,
      "places where it stands": killed.flatMap(({ leaks }) => leaks).length,
    },
    outcome: "the streams are kept with the secret blanked out",
  });
});

const WORKFLOW = `
name: acted
start: ask
nodes:
  - { id: ask, type: agent, prompt: ask.md, outputs: [{ key: answer, default: none }], next: leak }
  - { id: leak, type: script, script: leak.sh, outputs: [{ key: said }], next: done }
  - { id: done, type: terminal }
`;

/** Tells the secret on both streams, and kills the runner under itself the first time, once that has kept what was told. */
const LEAK = `#!/usr/bin/env bash
echo "the token is $REPO_TOKEN or $(base64 -w0 <<<"$REPO_TOKEN")"
echo "cannot log in with $REPO_TOKEN" >&2
kept=("$LONGHAUL_RUN_DIR"/steps/*-leak/attempts/01)
until grep -qs "token is" "$kept/stdout.log" && grep -qs "log in with" "$kept/stderr.log"; do sleep 0.05; done
[ "\${LONGHAUL_RESUMED:-0}" = 1 ] || kill -9 "$PPID"
jq -nc '{ said: env.REPO_TOKEN }'
`;

interface Found {
  readonly files: number;
  readonly leaks: readonly string[];
}

/** Every file below the runs directory, with Longhaul's own beside the run directories, and every name. */
function search(scene: Scene): Found {
  const entries = Object.entries(treeOf(scene.runs));
  const files = entries.filter(([, what]) => what !== "directory" && !what.startsWith("-> "));
  const leaks = files.flatMap(([name]) =>
    spelledIn(`${name}\n${readFileSync(join(scene.runs, name), "utf8")}`).map((how) => `${name}: ${how}`),
  );
  return { files: files.length, leaks };
}

const spelledIn = (text: string): readonly string[] =>
  Object.entries(SPELLINGS).flatMap(([how, spelling]) => (text.includes(spelling) ? [how] : []));
