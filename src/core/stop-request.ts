/** The abort reason of a run that another process asked to stop through `requests/`. The run must stay stopped. */
export interface StopRequested {
  readonly kind: "stop-requested";
  readonly why: string;
}

/** True when an abort came from a request: it is recorded as a stop, not as an interruption. */
export const isStopRequested = (reason: unknown): reason is StopRequested =>
  typeof reason === "object" && reason !== null && "kind" in reason && reason.kind === "stop-requested";
