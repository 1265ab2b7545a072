/** Why a run's stop signal was aborted: another process asked through `requests/`, and it is to stay stopped. */
export interface StopRequested {
  readonly kind: "stop-requested";
  readonly why: string;
}

/** Tells whether an abort came from a request, so that it is recorded as a stop and not as an interruption. */
export const isStopRequested = (reason: unknown): reason is StopRequested =>
  typeof reason === "object" && reason !== null && "kind" in reason && reason.kind === "stop-requested";
