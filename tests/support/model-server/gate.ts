/** Holds answers back until the test lets them go, in either order of events. */
export interface Gate {
  /** Resolves when a release is there for this caller; first come, first served. */
  readonly pass: () => Promise<void>;
  readonly release: () => void;
}

export function createGate(): Gate {
  const waiting: (() => void)[] = [];
  let releases = 0;
  return {
    pass() {
      if (releases > 0) {
        releases -= 1;
        return Promise.resolve();
      }
      return new Promise((resolve) => waiting.push(resolve));
    },
    release() {
      const first = waiting.shift();
      if (first === undefined) releases += 1;
      else first();
    },
  };
}
