/**
 * How many cells of a terminal a character takes, rather too many than too few. From the Hangul letters on most scripts,
 * and emoji, take two; dashes, dots, arrows and lines before them one.
 */
export const cellsOf = (character: string): number => {
  const code = character.codePointAt(0) ?? 0;
  const isNarrow =
    code < 0x11_00 || (code >= 0x20_00 && code < 0x23_00) || (code >= 0x25_00 && code < 0x25_a0);
  return isNarrow ? 1 : 2;
};
