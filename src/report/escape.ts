/** Escapes texts of workflows, agents and scripts for formats in which some characters have a meaning. */

/** Escapes text for the content or a quoted attribute of HTML and SVG. */
export const escapeMarkup = (text: string): string =>
  printable(text).replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Escapes text for the double quotes of a Mermaid label. */
export const escapeMermaid = (text: string): string =>
  printable(text).replaceAll(
    /[^\p{L}\p{N} .,:=+()_!?·×…-]/gu,
    (character) => `#${character.codePointAt(0)};`,
  );

/** Escapes JSON for a `<script>` element: nothing in it can end the element or start a comment. */
export const jsonForScript = (value: unknown): string =>
  JSON.stringify(value).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** Puts text on one line, without characters that XML forbids or that change the direction of text. */
export const printable = (text: string): string =>
  text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[\p{Cc}\p{Cs}\uFFFE\uFFFF\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, "\uFFFD");

/** Cuts a text, with an ellipsis; never in the middle of a character. */
export function shorten(text: string, maxCharacters: number): string {
  return text.length <= maxCharacters ? text : `${beginning(text, maxCharacters - 1)}…`;
}

/** Returns at most this many UTF-16 units of a text, without splitting a surrogate pair. */
export function beginning(text: string, maxCharacters: number): string {
  const last = text.charCodeAt(maxCharacters - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? maxCharacters - 1 : maxCharacters);
}
