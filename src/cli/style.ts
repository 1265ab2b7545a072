/** Colours for a terminal; plain text elsewhere and with NO_COLOR. */
export interface Style {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly good: (text: string) => string;
  readonly attention: (text: string) => string;
  readonly bad: (text: string) => string;
}

/** How to format lines for a stream: its colours, and the width of its terminal (Infinity without one). */
export interface Layout {
  readonly style: Style;
  readonly columns: number;
}

const CODES = { strong: 1, faint: 2, good: 32, attention: 33, bad: 31 } as const;

/** `isTerminal` is about the stream that the text goes to. */
export function styleFor({ isTerminal, environment }: StyleChoice): Style {
  const colours = isTerminal && !environment["NO_COLOR"] && environment["TERM"] !== "dumb";
  const paint = (code: number) => (text: string) =>
    colours && text !== "" ? `\u001B[${code}m${text}\u001B[0m` : text;
  return {
    strong: paint(CODES.strong),
    faint: paint(CODES.faint),
    good: paint(CODES.good),
    attention: paint(CODES.attention),
    bad: paint(CODES.bad),
  };
}

interface StyleChoice {
  readonly isTerminal: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Escapes control characters and those that change the direction of text: agents and scripts must not control the terminal. */
export const harmless = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  text.replace(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/gu, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, "0")}`;
  });
