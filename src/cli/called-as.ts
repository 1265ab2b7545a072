/** How the command was called, for commands that are shown to be copied: run.sh says so, else it is `longhaul`. */
export const calledAs = (): string => process.env["LONGHAUL_CALLED_AS"] || "longhaul";

const MOUNTED = /(?<![\w./-])\/workflow(?=[/:\s]|$)/g;

/** A message with the paths of the host, where the container sees the workflow under a name of its own. */
export function inHostPaths(text: string): string {
  const host = process.env["LONGHAUL_WORKFLOW_HOST_PATH"];
  return host === undefined || host === "" ? text : text.replaceAll(MOUNTED, () => host);
}
