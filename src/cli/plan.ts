import { EXIT, type ExitCode } from "../core/failure.ts";
import type { RunRequest } from "../start/run-request.ts";
import { planRun } from "../start/plan-run.ts";
import type { Terminal } from "./terminal.ts";

/** `--plan`: prints what the same command would keep and do without it. Changes nothing. */
export async function printPlan(
  request: RunRequest,
  { terminal, json }: { readonly terminal: Terminal; readonly json: boolean },
): Promise<ExitCode> {
  const plan = await planRun(request);
  if (json) {
    terminal.out(JSON.stringify(plan, null, 2));
    return EXIT.terminal;
  }
  terminal.out(`Run directory: ${plan.run_dir}`);
  for (const line of plan.lines) terminal.out(line);
  return EXIT.terminal;
}
