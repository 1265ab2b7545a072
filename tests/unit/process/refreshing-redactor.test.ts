import { expect, test } from "vitest";
import { createRefreshingRedactor } from "../../../src/process/refreshing-redactor.ts";

/** A login that rotates: the first secret, and what `rotate` turns it into. */
function rotating(first: string) {
  let secrets = [first];
  let version = 0;
  const redactor = createRefreshingRedactor({ collect: () => secrets, version: () => String(version) });
  const rotate = (secret: string) => {
    secrets = [secret];
    version += 1;
  };
  return { redactor, rotate };
}

const text = (...chunks: readonly Buffer[]) => Buffer.concat(chunks).toString();

test("a secret added in the middle of a stream is redacted from then on, and the old one still is", () => {
  const { redactor, rotate } = rotating("token-before");
  const stream = redactor.stream();
  const early = Buffer.from(stream.push(Buffer.from("1 token-before token-after ")));
  rotate("token-after");
  const late = Buffer.from(stream.push(Buffer.from("2 token-before token-after")));
  expect(text(early, late, stream.end())).toBe("1 [redacted] token-after 2 [redacted] [redacted]");
  expect(redactor.redact("token-before token-after")).toBe("[redacted] [redacted]");
  expect(redactor.finds("token-after")).toBe(true);
});

test("bytes kept back when the secrets changed are searched again", () => {
  const { redactor, rotate } = rotating("token-before");
  const stream = redactor.stream();
  const early = Buffer.from(stream.push(Buffer.from("token-be")));
  rotate("token-after");
  const late = Buffer.from(stream.push(Buffer.from("fore token-af")));
  const last = Buffer.from(stream.push(Buffer.from("ter.")));
  expect(text(early, late, last, stream.end())).toBe("[redacted] [redacted].");
});

test("a stream without output stays empty when the secrets change", () => {
  const { redactor, rotate } = rotating("token-before");
  const stream = redactor.stream();
  rotate("token-after");
  expect(stream.end()).toHaveLength(0);
});
