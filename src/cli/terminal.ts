/** The only place that writes to the terminal: results to stdout, everything said to a person to stderr. */
export const terminal = {
  out: (text: string): void => void process.stdout.write(`${text}\n`),
  say: (text: string): void => void process.stderr.write(`${text}\n`),
};
export type Terminal = typeof terminal;
