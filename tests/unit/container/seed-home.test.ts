import { existsSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { seedHome } from "../../../src/container/seed-home.ts";
import { StorageFailure } from "../../../src/core/ports.ts";
import { type ContainerScene, createContainer } from "./container-scene.ts";

const LENT = "tmp/longhaul-lent/claude/.credentials.json";
const OWN = "agent-state/.claude/.credentials.json";

/** One start of a container: the entrypoint lends what the host has, and HOME is seeded from it. */
function start(scene: ContainerScene, variables: Readonly<Record<string, string>> = {}): readonly string[] {
  const before = scene.said.length;
  const { places, say } = scene;
  seedHome({ environment: { ...variables, HOME: places.home }, lent: places.lent, say });
  return scene.said.slice(before);
}

test("a login that the volume does not have is copied, readable by this user alone, with its time", () => {
  const scene = createContainer();
  scene.write({ [LENT]: "host's" }, "2026-01-01");
  expect(start(scene)).toEqual(["claude: login copied from the host"]);
  expect(scene.text(OWN)).toBe("host's");
  const { mode, mtime } = statSync(scene.at(OWN));
  expect(mode & 0o777).toBe(0o600);
  expect(mtime).toEqual(new Date("2026-01-01"));
});

/** The volume's login is seeded from the host's of January and rotated in March. */
function rotated(): ContainerScene {
  const scene = createContainer();
  scene.write({ [LENT]: "first" }, "2026-01-01");
  start(scene);
  scene.write({ [OWN]: "rotated" }, "2026-03-01");
  return scene;
}

test.each([
  { what: "the host's as it was", lent: "first", changed: "2026-04-01", own: "rotated", says: [] },
  { what: "the same on both sides", lent: "rotated", changed: "2026-04-01", own: "rotated", says: [] },
  {
    what: "the host's changed and older",
    lent: "second",
    changed: "2026-02-01",
    own: "rotated",
    says: [
      "claude: the host's login changed, but the volume holds a newer one: kept. " +
        "To take the host's: log in again there, or remove ~/.claude/.credentials.json in the container.",
    ],
  },
  {
    what: "the host's changed and newer",
    lent: "second",
    changed: "2026-04-01",
    own: "second",
    says: ["claude: the host's login changed and is newer than the one in the volume: taken"],
  },
])("of two logins, $what: the volume has $own, and that is said once", ({ lent, changed, own, says }) => {
  const scene = rotated();
  for (const expected of [says, []]) {
    scene.write({ [LENT]: lent }, changed);
    expect(start(scene)).toEqual(expected);
    expect(scene.text(OWN)).toBe(own);
  }
});

test("what an earlier version noted of the host's login still counts", () => {
  const scene = rotated();
  const seen = "agent-state/.longhaul/seeded/claude";
  scene.write({ [seen]: `${scene.text(seen).trim()}  -\n`, [LENT]: "first" }, "2026-04-01");
  expect(start(scene)).toEqual([]);
  expect(scene.text(OWN)).toBe("rotated");
});

test("a variable that is a login wins, and nothing is copied", () => {
  const scene = createContainer();
  scene.write({ [LENT]: "host's" });
  expect(start(scene, { ANTHROPIC_API_KEY: "key" })).toEqual([
    "claude: ANTHROPIC_API_KEY is set and wins over the host's login",
  ]);
  expect(existsSync(scene.at(OWN))).toBe(false);
});

test("a login goes where its CLI looks for it", () => {
  const scene = createContainer();
  scene.write({ [LENT]: "host's" });
  start(scene, { CLAUDE_CONFIG_DIR: scene.at("elsewhere") });
  expect(scene.text("elsewhere/.credentials.json")).toBe("host's");
});

test("settings follow the host at each start", () => {
  const scene = createContainer();
  const lend = (text: string) =>
    scene.write({
      "tmp/longhaul-lent/claude/settings.json": text,
      "tmp/longhaul-lent/codex/fast.config.toml": text,
      "tmp/longhaul-lent/codex/notes.txt": text,
      "tmp/longhaul-lent/copilot/mcp-config.json": text,
      "tmp/longhaul-lent/aws/sso/cache/0123.json": text,
    });
  for (const text of ["one", "two"]) {
    lend(text);
    expect(start(scene)).toEqual([]);
    const seeded = [".claude/settings.json", ".codex/fast.config.toml", ".copilot/mcp-config.json"];
    for (const file of [...seeded, ".aws/sso/cache/0123.json"])
      expect(scene.text(`agent-state/${file}`)).toBe(text);
    expect(existsSync(scene.at("agent-state/.codex/notes.txt"))).toBe(false);
  }
});

test("what the host lends is removed, but for the files of the command line", () => {
  const scene = createContainer();
  scene.write({ [LENT]: "host's", "tmp/longhaul-lent/files/params-file-it.json": "{}" });
  start(scene);
  expect(existsSync(scene.at("tmp/longhaul-lent/claude"))).toBe(false);
  expect(scene.text("tmp/longhaul-lent/files/params-file-it.json")).toBe("{}");
});

test("the questions of a first start are answered, and answers that are there stay", () => {
  const scene = createContainer();
  const answers = "agent-state/.claude.json";
  start(scene);
  expect(JSON.parse(scene.text(answers))).toMatchObject({ hasCompletedOnboarding: true });
  scene.write({ [answers]: '{"theme":"dark"}' });
  start(scene);
  expect(scene.text(answers)).toBe('{"theme":"dark"}');
});

test("a volume that refuses is no bug of Longhaul", () => {
  const scene = createContainer();
  scene.write({ [LENT]: "host's", "agent-state/.claude": "a file in its place" });
  expect(() => start(scene)).toThrow(StorageFailure);
});
