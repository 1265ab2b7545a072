import { describe, expect, it } from "vitest";
import { parseReplayFile } from "../../../src/backends/replay/open-replay.ts";
import { type Disturbance, replayText } from "../../../src/chaos/answers.ts";

const FILE = `
ask: { output: { a: 1 }, delay: 5s }
review:
  - { output: { ok: false } }
  - [No., { output: { ok: true } }]
capped: { failure: { class: cap, reason: weekly, resets_in: 2h } }
`;
/** What a run would read. */
const read = (disturbance?: Disturbance) =>
  parseReplayFile(replayText(parseReplayFile(FILE, "given.yaml"), disturbance), "made.yaml");
const BAD = { text: "", delay: undefined };

describe("replayText", () => {
  it("says the same as the given file, without its delays", () => {
    expect(read()["ask"]).toEqual({ output: { a: 1 } });
    expect(read()["capped"]).toMatchObject({ failure: { failure: { class: "cap" }, resetsInMs: 7_200_000 } });
  });

  it("gives a visit that is not written the newest answer again", () => {
    const review = read()["review"];
    expect(Array.isArray(review) && review[0]).toEqual({ output: { ok: false } });
    expect(Array.isArray(review) && review[7]).toEqual(Array.isArray(review) && review[1]);
  });

  it.each([
    { lasting: false, first: { text: "" }, second: { output: { a: 1 } } },
    { lasting: true, first: { text: "" }, second: undefined },
  ])("disturbs one visit (lasting: $lasting) and no other", ({ lasting, first, second }) => {
    const ask = read({ node: "ask", visit: 2, with: BAD, lasting })["ask"];
    const visits = Array.isArray(ask) ? ask : [];
    expect(visits[0]).toEqual({ output: { a: 1 } });
    expect(visits[2]).toEqual({ output: { a: 1 } });
    const disturbed = visits[1];
    expect(Array.isArray(disturbed) ? disturbed.slice(0, 2) : [disturbed, undefined]).toEqual([
      first,
      second,
    ]);
  });

  it("makes a turn long without changing what it answers", () => {
    const ask = read({ node: "ask", visit: 1, with: "long", lasting: false })["ask"];
    expect(Array.isArray(ask) && Array.isArray(ask[0]) && ask[0][0]).toEqual({
      output: { a: 1 },
      delay: 600_000,
    });
  });
});
