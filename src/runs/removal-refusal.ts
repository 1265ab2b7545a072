import { UsageError } from "../core/failure.ts";
import { StorageFailure } from "../core/ports.ts";
import { asStorageFailure } from "../store/storage-failure.ts";

/** Why a run is not removed. */
export interface RemovalRefusal {
  readonly why: string;
  readonly because: "in use" | "damaged" | "the disk refused" | "no known run";
}

/** Turns an error at one run into its refusal, so that the other runs are still removed. @throws the error itself when it is a bug. */
export function removalRefusal(error: unknown, place: string): RemovalRefusal {
  const known = asStorageFailure(placeOf(error) ?? place, error);
  if (known instanceof StorageFailure) return { why: known.what, because: "the disk refused" };
  if (known instanceof UsageError) return { why: known.message, because: "damaged" };
  throw known;
}

const placeOf = (error: unknown): string | undefined =>
  error instanceof Error && "path" in error && typeof error.path === "string" ? error.path : undefined;
