import { realpathSync } from "node:fs";
import path from "node:path";

/** Whether a command line names a workflow by its file rather than by its directory. */
export const isWorkflowFile = (workflow: string): boolean => /\.ya?ml$/.test(workflow);

/**
 * Tells the runs of one workflow, by the path that they have stored for it, from others in the same runs root. A container
 * knows its workflow by the path that it has on the host.
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

/** A path that leads nowhere here, such as one of the host in a container, stays as it is. */
function withoutLinks(place: string): string {
  try {
    return realpathSync(place);
  } catch {
    return place;
  }
}
