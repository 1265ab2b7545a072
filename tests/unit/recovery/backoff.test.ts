import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backoffMs, jitterFrom } from "../../../src/recovery/backoff.ts";
import { sha256 } from "../../support/scripted-run.ts";

const inputs = fc.record({
  baseMs: fc.integer({ min: 0, max: 86_400_000 }),
  capMs: fc.integer({ min: 0, max: 86_400_000 }),
  retries: fc.integer({ min: 0, max: 10_000 }),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
});

const jitter = (text: string) => jitterFrom(sha256(text));

describe("backoff", () => {
  test("stays within a quarter of the doubled base, at most the cap", () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const plain = Math.max(20, Math.min(input.capMs, input.baseMs * 2 ** Math.min(input.retries, 30)));
        const waited = backoffMs(input);
        expect(waited).toBeGreaterThanOrEqual(Math.floor(plain * 0.75));
        expect(waited).toBeLessThanOrEqual(Math.ceil(plain * 1.25));
        expect(Number.isInteger(waited)).toBe(true);
      }),
    );
  });

  test("the jitter is the same for the same digest, in its range, and differs between digests", () => {
    expect(jitter("a/1/1")).toBe(jitter("a/1/1"));
    const drawn = Array.from({ length: 20 }, (_, index) => jitter(`a/1/${index}`));
    expect(new Set(drawn).size).toBe(20);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeLessThan(1);
  });
});
