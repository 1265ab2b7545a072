import type { EventOf } from "../core/event.ts";
import { TemplateError } from "./template-error.ts";

/**
 * The stop of a run whose template cannot be evaluated: resumable, once its author has mended the workflow.
 * @throws anything that is no TemplateError, as it came.
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
