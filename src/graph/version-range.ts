/** `>=1.6`, or several that must all hold: `>=1.6 <3`. A range without an operator must be a prefix of the version. */
export const VERSION_RANGE =
  /^\s*(?:(?:[<>]=?|=)\s*)?\d+(?:\.\d+)*(?:\s+(?:(?:[<>]=?|=)\s*)?\d+(?:\.\d+)*)*\s*$/;

const PART = /(>=|<=|>|<|=)?\s*(\d+(?:\.\d+)*)/g;

/** Whether a version of dotted numbers is in a range; missing numbers count as 0. */
export function isInRange(version: string, range: string): boolean {
  return [...range.matchAll(PART)].every(([, sign = "", bound = ""]) => holds(version, sign, bound));
}

/** The first dotted number in the version that a command prints. */
export const versionIn = (text: string): string | undefined => /\d+(?:\.\d+)+|\d+/.exec(text)?.[0];

function holds(version: string, sign: string, bound: string): boolean {
  const order = compare(version, bound);
  switch (sign) {
    case ">=":
      return order >= 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case "<":
      return order < 0;
    case "=":
      return order === 0;
    default:
      return version === bound || version.startsWith(`${bound}.`);
  }
}

function compare(left: string, right: string): number {
  const [lefts, rights] = [left.split(".").map(Number), right.split(".").map(Number)];
  for (let index = 0; index < Math.max(lefts.length, rights.length); index++) {
    const difference = (lefts[index] ?? 0) - (rights[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
