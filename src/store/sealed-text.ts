import { crc32 } from "node:zlib";

/**
 * A JSON object whose last field is `"sum"`: the CRC-32 (8 hex digits) of the text before `,"sum"`. Journal lines and the
 * checkpoint are sealed this way, so that a reader notices a torn or changed one.
 */
const SEAL_LENGTH = ',"sum":"00000000"}'.length;
const SEAL_PATTERN = /^,"sum":"([0-9a-f]{8})"\}$/;

export interface SealedText {
  readonly text: string;
  readonly sum: string;
}

/** Seals the text of a JSON object that has at least one field. */
export function sealText(jsonObjectText: string): SealedText {
  const unsealed = jsonObjectText.slice(0, -1);
  const sum = checksum(Buffer.from(unsealed, "utf8"));
  return { text: `${unsealed},"sum":"${sum}"}`, sum };
}

/** The object's text without its seal, or undefined when the bytes do not match their checksum. */
export function unsealText(bytes: Uint8Array): SealedText | undefined {
  const sum = sealOf(bytes);
  if (sum === undefined) return undefined;
  const unsealed = bytes.subarray(0, bytes.length - SEAL_LENGTH);
  if (checksum(unsealed) !== sum) return undefined;
  return { text: `${asBuffer(unsealed).toString("utf8")}}`, sum };
}

/** The checksum at the end of sealed bytes, unverified; undefined when they do not end with a seal. */
export function sealOf(bytes: Uint8Array): string | undefined {
  if (bytes.length <= SEAL_LENGTH) return undefined;
  const seal = asBuffer(bytes.subarray(bytes.length - SEAL_LENGTH)).toString("latin1");
  return SEAL_PATTERN.exec(seal)?.[1];
}

const checksum = (bytes: Uint8Array): string => crc32(bytes).toString(16).padStart(8, "0");

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
