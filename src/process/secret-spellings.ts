/** Shorter values are too common in ordinary text to be taken for a secret. */
export const MIN_SECRET_LENGTH = 8;

/** Line lengths at which `base64` and `openssl` break what they print. */
const BASE64_LINE_LENGTHS = [76, 64] as const;
const BYTES_OF_FOUR_CHARACTERS = 3;

/**
 * Every way a secret is likely to be written in output, JSON's escapes aside, which the search undoes: plain, URL and
 * base64 spelling, the latter also of the secret inside JSON. None twice.
 */
export function spellingsOf(secret: string): readonly string[] {
  if (secret.length < MIN_SECRET_LENGTH) return [];
  const inJson = JSON.stringify(secret).slice(1, -1);
  const all = [secret, ...urlSpellings(secret), ...[...new Set([secret, inJson])].flatMap(base64Spellings)];
  return [...new Set(all)];
}

/** Encoders differ in the marks they leave alone, in the blank and in the case of the digits. */
function urlSpellings(secret: string): readonly string[] {
  const lenient = encodeURIComponent(Buffer.from(secret).toString()); // lone surrogates would throw
  const strict = lenient.replace(/[!'()*]/g, (mark) => percentCode(mark));
  const form = strict.replaceAll("%20", "+").replaceAll("~", "%7E");
  const keepingSlash = strict.replaceAll("%2F", "/");
  const forms = [lenient, strict, form, keepingSlash];
  return [...forms, ...forms.map((text) => text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))];
}

const percentCode = (mark: string): string => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`;

/**
 * Base64 of a text that holds the secret differs with the secret's offset in it, modulo 3. Taken are the characters
 * that depend on the secret alone, in the standard and in the URL alphabet.
 */
function base64Spellings(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const standard = [0, 1, 2].map((offset) => base64At(bytes, { offset, lineLength: Infinity }));
  const urlSafe = standard.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"));
  const encodedUrl = standard.map((text) => text.replaceAll("+", "%2B").replaceAll("/", "%2F"));
  return [...standard, ...urlSafe, ...encodedUrl, ...wrapped(bytes)];
}

/** In a text broken into lines the breaks fall differently for each offset from the beginning of a line. */
function wrapped(bytes: Buffer): readonly string[] {
  return BASE64_LINE_LENGTHS.flatMap((lineLength) => {
    const bytesPerLine = (lineLength / 4) * BYTES_OF_FOUR_CHARACTERS;
    const offsets = Array.from({ length: bytesPerLine }, (_, offset) => offset);
    const all = offsets.map((offset) => base64At(bytes, { offset, lineLength }));
    return all.filter((text) => text.includes("\n"));
  });
}

/** The secret's own characters in the base64 of a text in which it stands `offset` bytes behind the beginning of a line. */
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
