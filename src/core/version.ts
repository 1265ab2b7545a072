import manifest from "../../package.json" with { type: "json" };

/** Longhaul's version, from its package manifest. */
export const VERSION: string = manifest.version;
