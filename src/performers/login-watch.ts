import { collectSecrets } from "../process/collect-secrets.ts";

/**
 * What login files hold at a moment: differs when a login was renewed, came or went. Only the secrets count, because
 * CLIs keep notes of their own in the same files.
 */
export const loginFingerprint = (files: readonly string[]): string =>
  JSON.stringify(collectSecrets({ environment: {}, files }).toSorted());
