import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRedactor, withoutSecrets } from "../../../src/process/redact.ts";

/** Pushes the bytes in pieces of the given sizes, cycling through them. */
function redactInPieces(secrets: readonly string[], bytes: Buffer, sizes: readonly number[]): Buffer {
  const stream = createRedactor(secrets).stream();
  const passed: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    passed.push(Buffer.from(stream.push(bytes.subarray(at, at + size))));
    at += size;
  }
  return Buffer.concat([...passed, stream.end()]);
}

const SECRET = `p/s+ w"r\\d é~!`;
const base64 = (prefix: string) => Buffer.from(`${prefix}${SECRET}after`).toString("base64");

const SPELLINGS: readonly (readonly [string, string])[] = [
  ["plain", SECRET],
  ["JSON", JSON.stringify({ value: SECRET })],
  ["JSON in JSON", JSON.stringify(JSON.stringify({ value: SECRET }))],
  ["JSON in ASCII", `"p/s+ w\\"r\\\\d \\u00e9~!"`],
  ["JSON with escaped slashes", `"p\\/s+ w\\"r\\\\d é~!"`],
  ["URL", encodeURIComponent(SECRET)],
  ["URL, strict", "p%2Fs%2B%20w%22r%5Cd%20%C3%A9~%21"],
  ["URL in lower case", "p%2fs%2b%20w%22r%5cd%20%c3%a9~%21"],
  ["URL as a form", new URLSearchParams({ q: SECRET }).toString()],
  ["base64 at offset 0", base64("")],
  ["base64 at offset 1", base64("x")],
  ["base64 at offset 2", base64("xy")],
  ["base64 in the middle", base64("user:")],
  ["base64url", Buffer.from(`??${SECRET}`).toString("base64url")],
];

describe("spellings", () => {
  test.each(SPELLINGS)("%s is redacted, whole and byte by byte", (_name, text) => {
    const whole = createRedactor([SECRET]).redact(`before ${text} after`);
    expect(whole).toContain("[redacted]");
    expect(whole.startsWith("before ")).toBe(true);
    expect(whole.endsWith(" after")).toBe(true);
    const spelled = createRedactor([SECRET]).redact(text);
    expect(redactInPieces([SECRET], Buffer.from(text), [1]).toString()).toBe(spelled);
    expect(createRedactor([SECRET]).finds(text)).toBe(true);
  });

  test("base64 leaves at most one character on each side of the secret", () => {
    const encoded = Buffer.from("user:hunter2hunter2!").toString("base64");
    expect(createRedactor(["hunter2hunter2"]).redact(encoded)).toBe("dXNlcjp[redacted]iE=");
  });

  test.each([
    [76, "\n"],
    [64, "\n"],
    [76, "\\n"],
  ])("base64 in lines of %i, with the secret at any offset", (width, lineEnd) => {
    const key = "k3y-".repeat(40);
    for (let offset = 0; offset < 120; offset += 1) {
      const encoded = Buffer.from(`${"x".repeat(offset)}${key}${"y".repeat(9)}`).toString("base64");
      const lines = encoded.match(new RegExp(`.{1,${width}}`, "g")) ?? [];
      const redacted = createRedactor([key]).redact(lines.join(lineEnd)).replaceAll(lineEnd, "");
      expect(redacted).toMatch(/^(?:eHh4|eHhr|eHg|eH|eA|e)*.{0,3}\[redacted\].{0,3}(?:eXl5)*.{0,4}$/);
    }
  });
});

const jsonEscape = (text: string) => JSON.stringify(text).slice(1, -1);
const inCodes = (text: string) =>
  text.replaceAll(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

describe("JSON's escapes", () => {
  const secret = fc.string({
    unit: fc.constantFrom("a", "c", '"', "\\", "/", "n", "\n", "u", "0", "é", "😀", "+"),
    minLength: 8,
    maxLength: 20,
  });
  const writers = fc.array(
    fc.constantFrom(jsonEscape, (text: string) => text.replaceAll("/", "\\/")),
    {
      maxLength: 3,
    },
  );

  test("are undone at any depth, in any mix, wherever chunks end", () => {
    fc.assert(
      fc.property(
        secret,
        writers,
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        (one, ways, sizes) => {
          fc.pre(one.replaceAll("\\", "").length >= 10 && !/^\\|\\$|\\[nu]/.test(one));
          const half = Math.floor(one.length / 2);
          const mixed = `${inCodes(one.slice(0, half))}${jsonEscape(one.slice(half))}`;
          const spelled = ways.reduce((text, write) => write(text), mixed);
          const bytes = Buffer.from(`{"key":"${spelled}","n":1}`);
          const whole = redactInPieces([one], bytes, [bytes.length]).toString();
          expect(whole).toBe('{"key":"[redacted]","n":1}');
          expect(redactInPieces([one], bytes, sizes).toString()).toBe(whole);
        },
      ),
    );
  });

  test.each(["C:\\new\\unicorn", "two\nlines of it", 'quote"\\"quoted'])("of %j, at any depth", (secret) => {
    for (let text = secret, depth = 0; depth < 5; depth += 1, text = jsonEscape(text))
      expect(createRedactor([secret]).redact(`<${text}>`)).toBe("<[redacted]>");
  });

  test("text after a backslash is also searched literally", () => {
    expect(createRedactor(["npm_12345678"]).redact('"a\\nnpm_12345678", C:\\npm_12345678')).toBe(
      '"a\\n[redacted]", C:\\[redacted]',
    );
  });

  test("endless backslashes are not kept back for ever", () => {
    const stream = createRedactor(["hunter22"]).stream();
    const chunk = Buffer.alloc(64 * 1024, "\\");
    expect(
      Array.from({ length: 5 }, () => stream.push(chunk).length).every((length) => length > 60_000),
    ).toBe(true);
  });
});

describe("streams", () => {
  test("a secret split anywhere is found, and everything else passes unchanged", () => {
    const secret = fc.stringMatching(/^[a-zA-Z0-9_+/-]{8,40}$/);
    const filler = fc.uint8Array({ maxLength: 60 });
    fc.assert(
      fc.property(
        fc.array(secret, { minLength: 1, maxLength: 4 }),
        fc.array(fc.oneof(filler, fc.nat()), { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 }),
        (secrets, parts, sizes) => {
          const bytes = Buffer.concat(
            parts.map((part) =>
              typeof part === "number"
                ? Buffer.from(secrets[part % secrets.length] ?? "")
                : Buffer.from(part),
            ),
          );
          const passed = redactInPieces(secrets, bytes, sizes);
          for (const one of secrets) expect(passed.includes(one)).toBe(false);
          expect(passed.equals(redactInPieces(secrets, bytes, [bytes.length + 1]))).toBe(true);
          const redacted = secrets.some((one) => bytes.includes(one)) || passed.includes("[redacted]");
          expect(redacted || passed.equals(bytes)).toBe(true);
        },
      ),
    );
  });

  test.each<readonly [string, readonly string[], string, string]>([
    ["one contains the other", ["hunter22", "hunter22-extended"], "x hunter22-extended y", "x [redacted] y"],
    ["one overlaps the next", ["abcdefghij", "fghijklmnop"], "<abcdefghijklmnop>", "<[redacted]>"],
    ["side by side", ["hunter22"], "hunter22hunter22", "[redacted][redacted]"],
    ["only almost", ["hunter22"], "hunter2 hunter23", "hunter2 hunter23"],
    ["too short to be a secret", ["hunter2"], "hunter2", "hunter2"],
  ])("secrets where %s", (_name, secrets, text, expected) => {
    expect(redactInPieces(secrets, Buffer.from(text), [5]).toString()).toBe(expected);
    expect(createRedactor(secrets).redact(text)).toBe(expected);
  });

  test("only the beginning of a possible secret is kept back", () => {
    const stream = createRedactor(["hunter22"]).stream();
    expect(stream.push(Buffer.from('{"type":"result"}\n')).toString()).toBe('{"type":"result"}\n');
    expect(stream.push(Buffer.from("the hun")).toString()).toBe("the ");
    expect(stream.push(Buffer.from("dred\n")).toString()).toBe("hundred\n");
    expect(stream.push(Buffer.from("hunter2")).toString()).toBe("");
    expect(stream.end().toString()).toBe("hunter2");
  });

  test("invalid UTF-8 and NUL pass through", () => {
    const bytes = Buffer.from([0, 255, 254, 0, 195, 40, 10]);
    const secret = Buffer.from("hunter22");
    expect(redactInPieces(["hunter22"], Buffer.concat([bytes, secret, bytes]), [3])).toEqual(
      Buffer.concat([bytes, Buffer.from("[redacted]"), bytes]),
    );
  });

  test("without secrets chunks pass unchanged", () => {
    const chunk = Buffer.from("hello");
    expect(createRedactor([]).stream().push(chunk)).toBe(chunk);
  });

  test("a stream that is all secret is not kept back for ever", () => {
    const stream = createRedactor(["aaaaaaaa"]).stream();
    const chunk = Buffer.alloc(64 * 1024, "a");
    const passed = Array.from({ length: 10 }, () => stream.push(chunk).length);
    expect(passed.some((length) => length > 0)).toBe(true);
  });
});

test("strings and keys of a value are redacted at any depth; a value without secrets is returned as is", () => {
  const redactor = createRedactor(["hunter22\n", 'o"dd-12345']);
  const clean = { list: [1, null, "text"], more: { deep: true } };
  expect(withoutSecrets(clean, redactor)).toBe(clean);
  expect(
    withoutSecrets({ ...clean, 'o"dd-12345': [{ text: "x hunter22\n y", count: 3 }] }, redactor),
  ).toEqual({ ...clean, "[redacted]": [{ text: "x [redacted] y", count: 3 }] });
});
