import { type RedactingStream, type Redactor, createRedactor } from "./redact.ts";

const NOTHING = Buffer.alloc(0);

export interface SecretSource {
  /** Every secret known now. */
  readonly collect: () => readonly string[];
  /** Changes whenever the result of `collect` may change. Called at every piece of output, so it must be cheap. */
  readonly version: () => string;
}

/**
 * A redactor for output during which the secrets may change. A login that rotates in the middle of a turn is redacted
 * from then on, and the old one stays redacted.
 */
export function createRefreshingRedactor({ collect, version }: SecretSource): Redactor {
  let seen = version();
  let known = collect();
  let redactor = createRedactor(known);
  const current = (): Redactor => {
    const now = version();
    if (now === seen) return redactor;
    seen = now;
    known = [...new Set([...known, ...collect()])];
    redactor = createRedactor(known);
    return redactor;
  };
  return {
    redact: (text) => current().redact(text),
    finds: (text) => current().finds(text),
    stream: () => refreshingStream(current),
  };
}

function refreshingStream(current: () => Redactor): RedactingStream {
  let used: Redactor | undefined;
  let stream: RedactingStream | undefined;
  return {
    push(chunk) {
      const next = current();
      if (stream !== undefined && next === used) return stream.push(chunk);
      const pending = stream?.end() ?? NOTHING; // perhaps the beginning of a secret: the next stream searches it again
      used = next;
      stream = next.stream();
      return stream.push(pending.length === 0 ? chunk : Buffer.concat([pending, chunk]));
    },
    end: () => stream?.end() ?? NOTHING,
  };
}
