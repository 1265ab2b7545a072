import { eventBodySchema, type JournalEvent } from "../core/event.ts";
import { UsageError } from "../core/failure.ts";
import { DamagedBlob, type BlobStore } from "./blobs.ts";
import { EVENT_VALUES, parseWithBlobs, stringifyWithBlobs } from "./large-values.ts";
import { sealText, unsealText, type SealedText } from "./sealed-text.ts";

/** The newest run directory format that this version reads and writes. */
export const RUN_FORMAT = 1;

/** Encodes one event as a journal line, with `sum` last and a line feed at the end. Stores large values first. */
export function encodeLine(event: JournalEvent, blobs: BlobStore): SealedText {
  const sealed = sealText(stringifyWithBlobs(event, EVENT_VALUES, blobs));
  return { text: `${sealed.text}\n`, sum: sealed.sum };
}

export type DecodedLine =
  | { readonly ok: true; readonly event: JournalEvent; readonly sum: string }
  /** `lostValue`: the line itself is whole, but a value that it refers to is missing or changed. */
  | { readonly ok: false; readonly found: string; readonly lostValue: boolean };

/**
 * Decodes a line given without its line feed. Keeps fields that this version does not know.
 * @throws UsageError for a newer format or an unknown event type.
 */
export function decodeLine(bytes: Uint8Array, blobs: BlobStore): DecodedLine {
  const unsealed = unsealText(bytes);
  if (unsealed === undefined) return { ok: false, found: describeDamage(bytes), lostValue: false };
  try {
    // The checksum proves that a journal wrote these bytes, and a journal writes only events. Checking the shape of each of
    // 100,000 lines would take longer than a whole resume may.
    const event = parseWithBlobs(unsealed.text, EVENT_VALUES, blobs) as JournalEvent;
    if (!EVENT_TYPES.has(event.type)) throw unknownEvent(event);
    if (event.type === "run.started") checkRunStarted(event);
    return { ok: true, event, sum: unsealed.sum };
  } catch (error) {
    if (error instanceof DamagedBlob) return { ok: false, found: error.message, lostValue: true };
    throw error;
  }
}

const EVENT_TYPES: ReadonlySet<string> = new Set(
  eventBodySchema.options.map(({ shape }) => shape.type.value),
);

const unknownEvent = ({ seq, type }: JournalEvent): UsageError =>
  new UsageError(
    `Event ${seq} of this journal is of a type that this version of Longhaul does not know: ${type}.`,
    {
      details: ["Nothing was changed.", "Use the version of Longhaul that wrote it, or a newer one."],
    },
  );

/** @throws UsageError for a file written by a newer version of Longhaul. */
export function refuseNewerFormat(format: unknown, file: string): void {
  if (typeof format !== "number" || format <= RUN_FORMAT) return;
  throw new UsageError(
    `This run directory has format ${format} (${file}); this version of Longhaul reads up to ${RUN_FORMAT}.`,
    { details: ["Nothing was changed.", "Use the version of Longhaul that wrote it, or a newer one."] },
  );
}

/** Only the first event is checked field by field, because the meaning of all others depends on it. */
function checkRunStarted(event: JournalEvent & { readonly type: "run.started" }): void {
  refuseNewerFormat(event.format, "journal.jsonl");
  const parsed = eventBodySchema.safeParse(event);
  if (parsed.success) return;
  const fields = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new UsageError("The first event of this journal (run.started) is not one that Longhaul wrote.", {
    details: ["Nothing was changed.", ...fields],
    cause: parsed.error,
  });
}

function describeDamage(bytes: Uint8Array): string {
  if (bytes.length === 0) return "an empty line";
  const start = Buffer.from(bytes.subarray(0, 40)).toString("utf8");
  const kind = start.startsWith('{"seq":') ? "a line whose checksum does not match" : "no journal line";
  return `${kind}, ${bytes.length} bytes that begin with ${JSON.stringify(start)}`;
}
