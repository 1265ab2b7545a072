import { interpreterOf } from "../core/interpreters.ts";
import { quoteForShell } from "../core/quote-for-shell.ts";
import type { ScriptAct } from "./case.ts";

/** What stands in the place of a script in the scratch copy of a workflow. */
export interface Wrapper {
  /** Absolute path of the user's script in the copy. */
  readonly script: string;
  /** Gets a line with the step's number at every start. */
  readonly ledger: string;
  /** Exists as soon as the step is held. */
  readonly held: string;
  /** The environment is back once this exists. */
  readonly back: string;
  readonly disturb?: { readonly step: number; readonly act: ScriptAct; readonly lasting: boolean };
}

/** A bash script that runs the user's script as Longhaul would, and disturbs one step of it. Pure. */
export function wrapperText({ script, ledger, held, back, disturb }: Wrapper): string {
  const interpreter = interpreterOf(script);
  const command = `${interpreter === undefined ? "" : `${interpreter} `}${quoteForShell(script)} "$@"`;
  return `#!/usr/bin/env bash
step=\${LONGHAUL_STEP##*/}
printf '%s\\n' "$step" >> ${quoteForShell(ledger)}
${disturb === undefined ? "" : disturbance({ ...disturb, command, ledger, held, back })}exec ${command}
`;
}

interface Disturbed extends Pick<Wrapper, "ledger" | "held" | "back"> {
  readonly step: number;
  readonly act: ScriptAct;
  readonly lasting: boolean;
  readonly command: string;
}

function disturbance({ step, act, lasting, command, ledger, held, back }: Disturbed): string {
  const hold = `: > ${quoteForShell(held)}; exec sleep 600`;
  const firstTry = `[ "$(grep -cx "$step" ${quoteForShell(ledger)})" = 1 ]`;
  const whenever: Readonly<Record<ScriptAct, string>> = {
    "hold-before": hold,
    "hold-after": `${command} || exit\n  ${hold}`,
    exit: "echo 'injected by longhaul chaos' >&2; exit 1",
    "not-now": "echo 'injected by longhaul chaos' >&2; exit 75",
    hang: "exec sleep 600",
    "no-json": "echo 'injected by longhaul chaos'; exit 0",
  };
  const isHeld = act === "hold-before" || act === "hold-after";
  const when = isHeld || !lasting ? firstTry : `[ ! -e ${quoteForShell(back)} ]`;
  return `if [ "$step" = ${step} ] && ${when}; then\n  ${whenever[act]}\nfi\n`;
}
