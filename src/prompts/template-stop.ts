import type { EventOf } from "../core/event.ts";
import { TemplateError } from "./template-error.ts";

/**
 * Stops a run whose template cannot be evaluated. The run is resumable once its author has fixed the workflow.
 * @throws any error that is not a TemplateError, unchanged.
 */
export function templateStop(
  error: unknown,
  { node, step }: { readonly node: string; readonly step?: number },
): EventOf<"run.stopped"> {
  if (!(error instanceof TemplateError)) throw error;
  const failure = { class: "config", reason: "template", message: `${node}: ${error.message}` } as const;
  return {
    type: "run.stopped",
    exit_code: 6,
    why: failure.message,
    node,
    ...(step !== undefined && { step }),
    failure,
  };
}
