import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backoffMs } from "../../../src/recovery/backoff.ts";

const inputs = fc.record({
  baseMs: fc.integer({ min: 0, max: 86_400_000 }),
  capMs: fc.integer({ min: 0, max: 86_400_000 }),
  retries: fc.integer({ min: 0, max: 10_000 }),
  seed: fc.string(),
});

describe("backoff", () => {
  test("stays within a quarter of base doubled per retry, at most the cap", () => {
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

  test("depends on nothing but its input, and differs from seed to seed", () => {
    const input = { baseMs: 15_000, capMs: 1_800_000, retries: 3 };
    expect(backoffMs({ ...input, seed: "a/1/1" })).toBe(backoffMs({ ...input, seed: "a/1/1" }));
    const waits = Array.from({ length: 20 }, (_, index) => backoffMs({ ...input, seed: `a/1/${index}` }));
    expect(new Set(waits).size).toBeGreaterThan(15);
  });
});
