/** The name of this command in commands that messages show to be copied: run.sh sets it, otherwise it is `longhaul`. */
export const calledAs = (): string => process.env["LONGHAUL_CALLED_AS"] || "longhaul";

const MOUNTED = /(?<![\w./-])\/workflow(?=[/:\s]|$)/g;

/** Replaces the container's mount point of the workflow by its path on the host, which is the path the user knows. */
export function inHostPaths(text: string): string {
  const host = process.env["LONGHAUL_WORKFLOW_HOST_PATH"];
  return host === undefined || host === "" ? text : text.replaceAll(MOUNTED, () => host);
}
