/** Shorter values are too common in ordinary text to be treated as secrets. */
export const MIN_SECRET_LENGTH = 8;

/** Line lengths at which `base64` and `openssl` wrap their output. */
const BASE64_LINE_LENGTHS = [76, 64] as const;
const BYTES_OF_FOUR_CHARACTERS = 3;

/**
 * Every spelling of a secret that is likely in output, each once: plain, URL and base64, the latter also of the secret
 * inside JSON. JSON escapes are missing, because the search undoes them.
 */
export function spellingsOf(secret: string): readonly string[] {
  if (secret.length < MIN_SECRET_LENGTH) return [];
  const inJson = JSON.stringify(secret).slice(1, -1);
  const all = [secret, ...urlSpellings(secret), ...[...new Set([secret, inJson])].flatMap(base64Spellings)];
  return [...new Set(all)];
}

/** Encoders differ in the punctuation they keep, in how they write a space, and in the case of hex digits. */
function urlSpellings(secret: string): readonly string[] {
  const lenient = encodeURIComponent(Buffer.from(secret).toString()); // encodeURIComponent throws for lone surrogates
  const strict = lenient.replace(/[!'()*]/g, (mark) => percentCode(mark));
  const form = strict.replaceAll("%20", "+").replaceAll("~", "%7E");
  const keepingSlash = strict.replaceAll("%2F", "/");
  const forms = [lenient, strict, form, keepingSlash];
  return [...forms, ...forms.map((text) => text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))];
}

const percentCode = (mark: string): string => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`;

/**
 * Base64 of a text that contains the secret depends on the secret's offset in it, modulo 3. Takes the characters that
 * depend on the secret alone, in the standard and in the URL alphabet.
 */
function base64Spellings(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const standard = [0, 1, 2].map((offset) => base64At(bytes, { offset, lineLength: Infinity }));
  const urlSafe = standard.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"));
  const encodedUrl = standard.map((text) => text.replaceAll("+", "%2B").replaceAll("/", "%2F"));
  return [...standard, ...urlSafe, ...encodedUrl, ...wrapped(bytes)];
}

/** In wrapped text, the line breaks fall differently for each offset of the secret in its line. */
function wrapped(bytes: Buffer): readonly string[] {
  return BASE64_LINE_LENGTHS.flatMap((lineLength) => {
    const bytesPerLine = (lineLength / 4) * BYTES_OF_FOUR_CHARACTERS;
    const offsets = Array.from({ length: bytesPerLine }, (_, offset) => offset);
    const all = offsets.map((offset) => base64At(bytes, { offset, lineLength }));
    return all.filter((text) => text.includes("\n"));
  });
}

/** The secret's own characters in the base64 of a text where it begins `offset` bytes after the start of a line. */
function base64At(
  bytes: Buffer,
  { offset, lineLength }: { readonly offset: number; readonly lineLength: number },
): string {
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
  const start = Math.ceil((offset * 8) / 6);
  const own = encoded.slice(start, Math.floor(((offset + bytes.length) * 8) / 6));
  if (start + own.length <= lineLength) return own;
  const first = lineLength - start;
  const rest = own.slice(first).match(new RegExp(`.{1,${lineLength}}`, "g")) ?? [];
  return [own.slice(0, first), ...rest].join("\n");
}
