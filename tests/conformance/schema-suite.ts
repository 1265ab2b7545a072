/** Answers that break the declared schema, from a real CLI that passes the schema on where it can. The same for all three. */
import { describe, expect, test } from "vitest";
import type { CliName } from "../support/clis.ts";
import type { Json } from "../support/model-server/json.ts";
import type { RecordedRequest } from "../support/model-server/record.ts";
import { answer, forever, structured } from "../support/model-server/script.ts";
import { agentRun, expectExit } from "./agent-run.ts";

const NODE = `    outputs:
      - key: review
        schema:
          type: object
          additionalProperties: false
          required: [verdict, files]
          properties:
            verdict: { type: string, enum: [good, bad] }
            files:
              type: array
              items:
                type: object
                additionalProperties: false
                required: [path, lines]
                properties:
                  path: { type: string }
                  lines: { type: array, items: { type: object, additionalProperties: false, required: [from], properties: { from: { type: integer } } } }
        default: none`;

const review = (verdict: string, from: Json): Json => ({
  review: { verdict, files: [{ path: "a.ts", lines: [{ from: 1 }, { from }] }] },
});
const GOOD = review("good", 2);

const BROKEN: readonly (readonly [what: string, value: Json, says: string])[] = [
  ["a wrong word", review("fine", 2), "verdict must be equal to one of the allowed values"],
  ["a wrong type four levels down", review("good", "two"), "files/0/lines/1/from must be integer"],
  ["a missing key", { review: { verdict: "good" } }, "review must have required property 'files'"],
];

export function schemaSuite(cli: CliName): void {
  describe("an answer that breaks the declared schema", () => {
    test.each(BROKEN)("by %s is asked for again with the exact error", async (_what, value, says) => {
      const run = await agentRun({
        cli,
        node: NODE,
        script: [forever((request) => structured(complaintIn(request) === undefined ? value : GOOD))],
      });
      expectExit(await run.run(), 0);
      const reason = cli === "claude" ? "structured_output" : "schema"; // claude tries five times by itself
      expect(run.attempts()).toEqual([`task answer/${reason}`, "correct finished repaired"]);
      expect(complaintIn(run.server.requests.at(-1))).toContain(says);
      expect(run.directory().json("context.json")).toEqual(GOOD);
    });

    test("by words around it is taken when what stands among them is right", async () => {
      const said = `Here it is:\n${JSON.stringify(GOOD)}\nTell me if {this} will do.`;
      const run = await agentRun({ cli, node: NODE, script: [forever(answer(said))] });
      expectExit(await run.run(), 0);
      expect(run.attempts()).toEqual(["task finished agent"]);
      expect(run.directory().json("context.json")).toEqual(GOOD);
    });
  });
}

/** What the corrective turn says was wrong, without claude's colon behind a path; undefined in a request without one. */
function complaintIn(request: RecordedRequest | undefined): string | undefined {
  const text = request?.messages.findLast((message) => message.text.includes("could not be used"))?.text;
  return text
    ?.split("\n")
    .find((line) => line.startsWith("What was wrong"))
    ?.replaceAll(": ", " ");
}
