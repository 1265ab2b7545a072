import { interpreterOf } from "../core/interpreters.ts";
import { quoteForShell } from "../core/quote-for-shell.ts";
import type { ScriptAct } from "./case.ts";

/** The wrapper that replaces a script in the scratch copy of a workflow. */
export interface Wrapper {
  /** Absolute path of the user's script in the copy. */
  readonly script: string;
  /** The wrapper appends the step's number to this file at every start. */
  readonly ledger: string;
  /** The wrapper creates this file when it pauses the step. */
  readonly paused: string;
  /** The outage ends when this file exists. */
  readonly recovered: string;
  readonly disturb?: { readonly step: number; readonly act: ScriptAct; readonly lasting: boolean };
}

/** Writes a bash script that runs the user's script as Longhaul would, and disturbs one of its steps. Pure. */
export function wrapperText({ script, ledger, paused, recovered, disturb }: Wrapper): string {
  const interpreter = interpreterOf(script);
  const command = `${interpreter === undefined ? "" : `${interpreter} `}${quoteForShell(script)} "$@"`;
  return `#!/usr/bin/env bash
step=\${LONGHAUL_STEP##*/}
printf '%s\\n' "$step" >> ${quoteForShell(ledger)}
${disturb === undefined ? "" : disturbance({ ...disturb, command, ledger, paused, recovered })}exec ${command}
`;
}

interface Disturbed extends Pick<Wrapper, "ledger" | "paused" | "recovered"> {
  readonly step: number;
  readonly act: ScriptAct;
  readonly lasting: boolean;
  readonly command: string;
}

function disturbance({ step, act, lasting, command, ledger, paused, recovered }: Disturbed): string {
  const pause = `: > ${quoteForShell(paused)}; exec sleep 600`;
  const firstTry = `[ "$(grep -cx "$step" ${quoteForShell(ledger)})" = 1 ]`;
  const whenever: Readonly<Record<ScriptAct, string>> = {
    "pause-before": pause,
    "pause-after": `${command} || exit\n  ${pause}`,
    exit: "echo 'injected by longhaul chaos' >&2; exit 1",
    "not-now": "echo 'injected by longhaul chaos' >&2; exit 75",
    hang: "exec sleep 600",
    "no-json": "echo 'injected by longhaul chaos'; exit 0",
  };
  const isPause = act === "pause-before" || act === "pause-after";
  const when = isPause || !lasting ? firstTry : `[ ! -e ${quoteForShell(recovered)} ]`;
  return `if [ "$step" = ${step} ] && ${when}; then\n  ${whenever[act]}\nfi\n`;
}
