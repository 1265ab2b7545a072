/**
 * How many terminal cells a character takes. In doubt it returns two, because text that is too wide breaks the layout.
 * Most scripts from the Hangul letters on, and emoji, take two; dashes, dots, arrows and box lines take one.
 */
export const cellsOf = (character: string): number => {
  const code = character.codePointAt(0) ?? 0;
  const isNarrow =
    code < 0x11_00 || (code >= 0x20_00 && code < 0x23_00) || (code >= 0x25_00 && code < 0x25_a0);
  return isNarrow ? 1 : 2;
};
