/** story-coder with a real CLI: the model's tool calls make the edits, and a second model judges them. */
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { prepareCli } from "../support/cli-environment.ts";
import { CLI_NAMES, installClis } from "../support/clis.ts";
import { commitsSince, createProject, git, WORKFLOWS } from "../support/git-project.ts";
import { createScene } from "../support/longhaul.ts";
import { structured, toolCall } from "../support/model-server/script.ts";
import { startModelServer } from "../support/model-server/server.ts";
import { openRunDirectory } from "../support/run-directory.ts";

const PROJECT = {
  "greet.sh": 'echo "Hello, $1"\n',
  Makefile: "test:\n\t@for case in tests/*.sh; do bash $$case || exit 1; done\n",
  "tests/named.sh": 'test "$(bash greet.sh you)" = "Hello, you"\n',
};
const SIDE = "story-coder/default";
const REMARK = "greet.sh: the new case has no test";

/** Plan, implement, review, rework, review: what the model does in each of these turns. */
const SCRIPT = [
  toolCall("cat greet.sh"),
  structured({ plan: { status: "ready", summary: "Fall back to all", tasks: ["Edit greet.sh"] } }),
  toolCall(`printf 'echo "Hello, \${1:-all}"\\n' > greet.sh`),
  structured({ change: { summary: "Greet all when nobody is named" } }),
  toolCall("git diff HEAD~1 HEAD --stat"),
  structured({ review: { verdict: "rework", remarks: [REMARK] } }),
  toolCall(`printf 'test "$(bash greet.sh)" = "Hello, all"\\n' > tests/unnamed.sh`),
  structured({ change: { summary: "Test the greeting without a name" } }),
  structured({ review: { verdict: "approve", remarks: [] } }),
];

/** Who is asked by each request of the script; codex and copilot have one model unless their user names another. */
const MODELS = {
  claude: ["opus", "opus", "opus", "opus", "sonnet", "sonnet", "opus", "opus", "sonnet"],
  codex: SCRIPT.map(() => "scripted"),
  copilot: SCRIPT.map(() => "scripted"),
};

test.each(CLI_NAMES)(
  "%s: a plan, real edits, a rework that the review asks for, green and approved",
  async (cli) => {
    const clis = await installClis();
    const server = await startModelServer(SCRIPT);
    onTestFinished(() => server.close());
    const scene = createScene();
    const app = createProject(scene, PROJECT);
    const env = await prepareCli({ cli, clis, serverUrl: server.url, home: scene.home });
    const params = { repo: app, story: "Greet all when no name is given.", test_command: "make test" };
    const flags = ["--cli", cli, "--workspace", scene.path("work"), "--params", JSON.stringify(params)];
    await scene.exits(0, ["run", join(WORKFLOWS, "story-coder"), ...flags], { env });

    const clone = scene.path("work/repo");
    expect(commitsSince(clone, "origin/main", SIDE)).toEqual([
      "Greet all when nobody is named",
      "Test the greeting without a name",
    ]);
    expect(git(clone, "show", `${SIDE}:greet.sh`)).toBe('echo "Hello, ${1:-all}"');
    expect(git(clone, "show", `${SIDE}:tests/unnamed.sh`)).toContain("Hello, all");
    expect(git(app, "log", "--all", "--format=%s")).toBe("Begin");
    const run = openRunDirectory(join(scene.runs, "story-coder-default"));
    expect(run.text("implement/prompt.md")).toContain("1. Edit greet.sh");
    expect(run.text("rework/prompt.md")).toContain(`- ${REMARK}`);
    expect(run.json("context.json")).toMatchObject({
      accepted: true,
      tests: { green: true },
      summary: expect.stringContaining("Written and approved after 1 rework."),
    });
    const asked = server.requests.map(({ model }) => /opus|sonnet|scripted/.exec(model)?.[0]);
    expect(asked).toEqual(MODELS[cli]);
  },
);
