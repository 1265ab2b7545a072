/** Only the end of a very long text is searched, to bound the time. Answers are at the end. */
const MAX_SEARCHED_CHARACTERS = 4_000_000;
const MAX_SCANNED_CHARACTERS = 40_000_000;

/** The contents of fenced code blocks that are marked as JSON or not marked, in order. */
export function fencedBlocks(text: string): readonly string[] {
  const blocks: string[] = [];
  let open: { readonly fence: string; readonly lines: string[]; readonly wanted: boolean } | undefined;
  for (const line of ending(text).split("\n")) {
    const [, fence, language = ""] = /^\s*(`{3,}|~{3,})\s*(\S*)/u.exec(line) ?? [];
    if (open === undefined) {
      if (fence !== undefined) open = { fence, lines: [], wanted: /^(?:json[c5]?)?$/iu.test(language) };
    } else if (fence !== undefined && fence.startsWith(open.fence) && language === "") {
      if (open.wanted) blocks.push(open.lines.join("\n"));
      open = undefined;
    } else {
      open.lines.push(line);
    }
  }
  if (open?.wanted === true) blocks.push(open.lines.join("\n")); // the model forgot to close it
  return blocks;
}

/** Every outermost `{…}` with balanced braces, in order. Ignores braces in strings. */
export function balancedObjects(text: string): readonly string[] {
  const searched = ending(text);
  const objects: string[] = [];
  let scanned = 0;
  let start = searched.indexOf("{");
  while (start >= 0 && scanned < MAX_SCANNED_CHARACTERS) {
    const end = closingBrace(searched, start);
    scanned += (end ?? searched.length) - start;
    if (end !== undefined) objects.push(searched.slice(start, end + 1));
    // A brace that never closes is prose. JSON may still follow it.
    start = searched.indexOf("{", end === undefined ? start + 1 : end + 1);
  }
  return objects;
}

const ending = (text: string): string =>
  text.length > MAX_SEARCHED_CHARACTERS ? text.slice(-MAX_SEARCHED_CHARACTERS) : text;

function closingBrace(text: string, start: number): number | undefined {
  let depth = 0;
  let inString = false;
  for (let index = start; index < text.length; index++) {
    const character = text[index];
    if (inString) {
      if (character === "\\") index++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{") depth++;
    else if (character === "}" && --depth === 0) return index;
  }
  return undefined;
}
