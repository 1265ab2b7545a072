import { realpathSync } from "node:fs";
import path from "node:path";

/** True when a command line names a workflow by its file, not by its directory. */
export const isWorkflowFile = (workflow: string): boolean => /\.ya?ml$/.test(workflow);

/**
 * Returns a test for runs of this workflow. It compares the path that a run has stored; in a container that is the
 * workflow's path on the host.
 */
export function workflowMatcher(
  workflow: string,
  environment: Readonly<Record<string, string | undefined>>,
): (stored: { readonly path: string }) => boolean {
  const file = path.resolve(workflow);
  const onHost = environment["LONGHAUL_WORKFLOW_HOST_PATH"];
  const places = [isWorkflowFile(file) ? path.dirname(file) : file, ...(onHost ? [onHost] : [])];
  const paths = places.map(withoutLinks);
  return (stored) => paths.includes(withoutLinks(stored.path));
}

/** Returns a path unchanged if it does not exist here, such as a path of the host in a container. */
function withoutLinks(place: string): string {
  try {
    return realpathSync(place);
  } catch {
    return place;
  }
}
