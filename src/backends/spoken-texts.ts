/** The model's texts in one turn, in order; only their end when they are very long. */
export interface SpokenTexts {
  push(text: string): void;
  join(separator: string): string;
}

/** The answer comes last, and a model that talks for days must not fill the memory. */
const MAX_CHARACTERS = 8 * 1024 * 1024;

export function createSpokenTexts(maxCharacters = MAX_CHARACTERS): SpokenTexts {
  const texts: string[] = [];
  let characters = 0;
  return {
    push(text) {
      texts.push(text);
      characters += text.length;
      while (texts.length > 1 && characters > maxCharacters) characters -= texts.shift()?.length ?? 0;
    },
    join: (separator) => texts.join(separator),
  };
}
