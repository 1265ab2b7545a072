/** Text of workflows, agents and scripts on its way into a format that gives some characters a meaning. */

/** Text for the content or a quoted attribute of HTML and SVG. */
export const escapeMarkup = (text: string): string =>
  printable(text).replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Text inside the double quotes of a Mermaid label. */
export const escapeMermaid = (text: string): string =>
  printable(text).replaceAll(
    /[^\p{L}\p{N} .,:=+()_!?·×…-]/gu,
    (character) => `#${character.codePointAt(0)};`,
  );

/** JSON that can stand in a `<script>` element: nothing in it can end the element or begin a comment. */
export const jsonForScript = (value: unknown): string =>
  JSON.stringify(value).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** On one line, without characters that XML forbids or that turn the direction of what follows. */
export const printable = (text: string): string =>
  text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[\p{Cc}\p{Cs}\uFFFE\uFFFF\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, "\uFFFD");

/** The beginning of a text, with an ellipsis where something was cut; never half a character. */
export function shorten(text: string, maxCharacters: number): string {
  return text.length <= maxCharacters ? text : `${beginning(text, maxCharacters - 1)}…`;
}

/** At most so many UTF-16 units of a text, not ending within a surrogate pair. */
export function beginning(text: string, maxCharacters: number): string {
  const last = text.charCodeAt(maxCharacters - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? maxCharacters - 1 : maxCharacters);
}
