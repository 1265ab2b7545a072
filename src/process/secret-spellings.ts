/** Shorter values are too common in ordinary text to be taken for a secret. */
export const MIN_SECRET_LENGTH = 8;

/** Line lengths at which `base64` and `openssl` break what they print. */
const BASE64_LINE_LENGTHS = [76, 64] as const;

/** Every way a secret is likely to be written in output: plain, JSON, URL and base64 spelling, none twice. */
export function spellingsOf(secret: string): readonly string[] {
  if (secret.length < MIN_SECRET_LENGTH) return [];
  const all = [secret, ...jsonSpellings(secret), ...urlSpellings(secret), ...base64Spellings(secret)];
  return [...new Set(all)];
}

/** Also twice escaped: the CLIs print tool output, itself JSON, inside JSON; some writers escape `/` and all but ASCII. */
function jsonSpellings(secret: string): readonly string[] {
  const once = jsonEscape(secret);
  const asciiOnly = once.replace(/[\u007f-\uffff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  const forms = [once, asciiOnly, once.replaceAll("/", "\\/")];
  return [...forms, ...forms.map(jsonEscape)];
}

const jsonEscape = (text: string): string => JSON.stringify(text).slice(1, -1);

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
  const standard = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
  });
  const urlSafe = standard.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"));
  const escaped = standard.map((text) => text.replaceAll("/", "\\/"));
  const encodedUrl = standard.map((text) => text.replaceAll("+", "%2B").replaceAll("/", "%2F"));
  return [...standard, ...urlSafe, ...escaped, ...encodedUrl, ...wrapped(standard[0] ?? "")];
}

/** A secret that was encoded by itself and broken into lines, as text and inside JSON. */
function wrapped(encoded: string): readonly string[] {
  return BASE64_LINE_LENGTHS.filter((length) => encoded.length > length).flatMap((length) => {
    const lines = encoded.match(new RegExp(`.{1,${length}}`, "g")) ?? [];
    return [lines.join("\n"), lines.join("\\n")];
  });
}
