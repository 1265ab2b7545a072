import { collectSecrets } from "../process/collect-secrets.ts";

/**
 * Identifies the current content of the login files: it changes when a login is renewed, added or removed. Only the
 * secrets count, because CLIs keep notes of their own in the same files.
 */
export const loginFingerprint = (files: readonly string[]): string =>
  JSON.stringify(collectSecrets({ environment: {}, files }).toSorted());
