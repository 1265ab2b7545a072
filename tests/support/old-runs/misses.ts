/** Holds what a command gives now against what it gave once. */

/**
 * Everything that is missing or another one, by its place; nothing when all of the old is there. What is new may be there
 * too. A sentence of the command's own may be worded anew, but not be left out; what a run recorded stays word for word.
 */
export function misses(then: unknown, now: unknown, recorded: ReadonlySet<string>): readonly string[] {
  return differences(then, now, { recorded, place: "" });
}

interface Place {
  readonly recorded: ReadonlySet<string>;
  readonly place: string;
}

function differences(then: unknown, now: unknown, at: Place): readonly string[] {
  if (Array.isArray(then)) return ofLists(then, now, at);
  if (typeof then === "object" && then !== null) return ofObjects(then, now, at);
  if (typeof then === "string" && isOwnSentence(then, at.recorded) && typeof now === "string" && now !== "")
    return [];
  return Object.is(then, now) ? [] : [`${at.place}: ${shown(now)} instead of ${shown(then)}`];
}

function ofObjects(then: object, now: unknown, at: Place): readonly string[] {
  if (typeof now !== "object" || now === null || Array.isArray(now))
    return [`${at.place}: ${shown(now)} instead of an object`];
  const found = new Map<string, unknown>(Object.entries(now));
  return Object.entries(then).flatMap(([key, value]) => {
    const place = `${at.place}.${key}`;
    return found.has(key) ? differences(value, found.get(key), { ...at, place }) : [`${place} is gone`];
  });
}

function ofLists(then: readonly unknown[], now: unknown, at: Place): readonly string[] {
  if (!Array.isArray(now)) return [`${at.place}: ${shown(now)} instead of a list`];
  const isProse =
    then.length > 0 && then.every((item) => typeof item === "string" && isOwnSentence(item, at.recorded));
  if (isProse) return now.length > 0 ? [] : [`${at.place} says nothing any more`];
  const length =
    now.length === then.length ? [] : [`${at.place}: ${now.length} entries instead of ${then.length}`];
  const items = then.slice(0, now.length);
  return [
    ...length,
    ...items.flatMap((item, index) =>
      differences(item, now[index], { ...at, place: `${at.place}[${index}]` }),
    ),
  ];
}

/** Several words that no file of the run holds. */
const isOwnSentence = (text: string, recorded: ReadonlySet<string>): boolean =>
  text.trim().includes(" ") && !recorded.has(text);

const shown = (value: unknown): string => (JSON.stringify(value) ?? "nothing").slice(0, 200);

/** Every text in a JSON value, however deep. */
export function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
