import { once } from "node:events";
import path from "node:path";
import type { Environment } from "../backends/backend.ts";
import { EXIT } from "../core/failure.ts";
import { runInForeground } from "../process/foreground.ts";
import { afterRunner } from "./after-runner.ts";
import { missingLogin } from "./missing-login.ts";
import { findObstacle, type Obstacle } from "./obstacle.ts";
import { keepOutcome, outcomeOf } from "./outcome.ts";
import type { Places } from "./places.ts";
import { runOfStart } from "./run-of-start.ts";
import { seedHome } from "./seed-home.ts";

export interface Supervision {
  /** The container's command: `run` with its arguments, another command of Longhaul, or a shell. */
  readonly args: readonly string[];
  readonly environment: Environment;
  readonly places: Places;
  readonly startId: string;
  /** Starts Longhaul. */
  readonly runner: { readonly file: string; readonly args: readonly string[] };
  readonly say: (text: string) => void;
}

/**
 * Supervises the runner in the container. Resolves with the container's exit code.
 *
 * The container has `restart: always`, the only policy that restarts it after every kind of engine death. It must not exit when
 * its run is over, because it would restart at once. So this process stores the outcome in the volume of runs and waits until
 * run.sh removes the container. It exits only at an interruption: a signal to the container, or the death of the runner.
 */
export async function superviseContainer(request: Supervision): Promise<number> {
  const [command = "run", ...args] = request.args;
  const { places, say } = request;
  const hostPath = request.environment["LONGHAUL_WORKFLOW_HOST_PATH"];
  const obstacle = findObstacle({ places, hostPath, needsWorkflow: command === "run" });
  if (obstacle !== undefined) say(obstacle.says);
  const environment = { ...request.environment, HOME: places.home };
  if (command === "run" && !obstacle?.isFinal)
    return superviseRun({ ...request, args, environment: environmentOfRun(request, environment) }, obstacle);
  return obstacle?.exitCode ?? runCommand({ ...request, environment });
}

/** Adds the start id and the workflow's name, which the runner cannot see: every workflow is mounted at the same path. */
const environmentOfRun = ({ startId, places }: Supervision, environment: Environment): Environment => ({
  ...environment,
  LONGHAUL_START_ID: startId,
  LONGHAUL_WORKFLOW_NAME:
    environment["LONGHAUL_WORKFLOW_NAME"] ||
    path.basename(environment["LONGHAUL_WORKFLOW_HOST_PATH"] || places.workflow),
});

async function superviseRun(request: Supervision, obstacle: Obstacle | undefined): Promise<number> {
  const { args, environment, places, say } = request;
  const outcome = outcomeOf(request);
  if (outcome !== undefined) {
    const why = `this run is over (exit code ${outcome}); nothing is started. ./run.sh starts it again.`;
    return finish(request, { exitCode: outcome, why });
  }
  if (obstacle !== undefined) return finish(request, obstacle);
  seedHome({ environment, lent: places.lent, say });
  const lacking = missingLogin({ args, environment, places });
  return lacking === undefined
    ? runToItsEnd(request)
    : finish(request, { exitCode: EXIT.notReady, why: lacking });
}

async function runToItsEnd(request: Supervision): Promise<number> {
  const { runner, args, environment, places, startId, say } = request;
  const ended = await runInForeground({
    file: runner.file,
    args: [...runner.args, "run", ...args],
    environment: { ...environment, LONGHAUL_CONTAINER: "1" }, // in the container every orphan belongs to the run
    stdin: "ignore",
    stopSignal: "SIGTERM",
  });
  const exitCode = ended.status;
  const { run, container } = afterRunner(ended, () => runOfStart(places, startId));
  if (container === "idles") return finish(request, { exitCode });
  if (run === "over") keepOutcome({ ...request, exitCode });
  else if (!ended.wasStopped)
    say(`the runner was cut off (exit status ${exitCode}); the container comes back and the run resumes`);
  return exitCode;
}

interface Ending {
  readonly exitCode: number;
  /** A message that has not been printed yet. */
  readonly why?: string;
}

/** Stores the outcome, then idles: under the restart policy, a container that exits would restart at once. */
async function finish(request: Supervision, { exitCode, why }: Ending): Promise<number> {
  const { environment, say } = request;
  const mayExit = environment["LONGHAUL_RESTART"] === "no";
  const stopped = mayExit ? undefined : stopSignal();
  keepOutcome({ ...request, exitCode });
  if (why !== undefined) say(why);
  if (mayExit) return exitCode;
  if (!environment["LONGHAUL_LAUNCHER"])
    say(
      `finished with exit code ${exitCode}. This container now idles, so that no restart repeats the run; 'docker compose down' removes it.`,
    );
  await stopped;
  return EXIT.terminal;
}

const LONG_MS = 2 ** 30;

/** Resolves at a signal to the container. Waiting for a signal does not keep a process alive, so a timer does. */
async function stopSignal(): Promise<void> {
  const timer = setInterval(() => undefined, LONG_MS);
  await Promise.race(["SIGTERM", "SIGINT", "SIGHUP"].map((signal) => once(process, signal)));
  clearInterval(timer);
}

const SHELLS: ReadonlySet<string> = new Set(["bash", "sh"]);

/** Runs any other command of Longhaul, or a shell, without supervision. */
async function runCommand({ args, environment, places, runner, say }: Supervision): Promise<number> {
  seedHome({ environment, lent: places.lent, say });
  const [command = "", ...rest] = args;
  const program = SHELLS.has(command)
    ? { file: command, args: rest }
    : { file: runner.file, args: [...runner.args, ...args] };
  const { status } = await runInForeground({ ...program, environment, stdin: "inherit" });
  return status;
}
