import { createHash, randomUUID } from "node:crypto";
import { userInfo } from "node:os";
import { isAbsolute } from "node:path";
import { NO_ANSWERS } from "./backends/replay/answers.ts";
import { openReplay } from "./backends/replay/open-replay.ts";
import { BACKENDS } from "./backends/table.ts";
import { systemClock } from "./core/clock.ts";
import type { ActivityListener, Listener } from "./core/ports.ts";
import type { RunState } from "./core/run-state.ts";
import { VERSION } from "./core/version.ts";
import { announcer } from "./start/announce.ts";
import { chooseCli, type CliChoice } from "./start/choose-cli.ts";
import { executeRun } from "./start/execute-run.ts";
import { type LocatedRun, locateRun } from "./start/locate-run.ts";
import { preflight } from "./start/preflight.ts";
import type { PreparedStart } from "./start/prepared-start.ts";
import type { RunRequest } from "./start/run-request.ts";
import { readStoredRun } from "./runs/stored-run.ts";
import { refuseSecrets } from "./start/refuse-secrets.ts";
import { openLog } from "./log.ts";
import { inspectCut } from "./performers/inspect-cut.ts";
import { type AgentDriver, backendTraits } from "./performers/agent-driver.ts";
import { createPerform } from "./performers/table.ts";
import { secretsOf } from "./process/collect-secrets.ts";
import { createNotifier } from "./process/notify.ts";
import { createRedactor } from "./process/redact.ts";
import { findRecordedProcesses } from "./process/recorded-process.ts";
import { sweepStep } from "./process/sweep.ts";
import { type Policy, readPolicy } from "./recovery/policy.ts";
import { currentHolder } from "./store/holder.ts";
import { type RunLayout, chooseWorkspace, runLayout } from "./store/layout.ts";

/** Who receives a run's events and messages, and what stops it. */
export interface RunHooks {
  readonly listeners: (policy: Policy) => readonly Listener[];
  /** Receives tool calls while a turn runs. Absent when nothing displays them. */
  readonly onActivity?: ActivityListener | undefined;
  readonly say: (message: string) => void;
  readonly stop: AbortController;
}

/**
 * Builds the real parts, starts or resumes the run, and returns the state in which it stops running in this process.
 * @throws UsageError, LeaseLost, StorageFailure.
 */
export async function runWorkflow(request: RunRequest, hooks: RunHooks): Promise<RunState> {
  const { environment } = request;
  const policy = readPolicy(environment, request.noWait);
  const located = await locateRun(request);
  const mayBeDamaged = request.fresh || request.repair;
  const stored = located.stored ?? readStoredRun(located.runDir, { mayBeDamaged });
  const secrets = createRedactor(secretsOf(environment));
  refuseSecrets({
    vars: located.graph.vars,
    params: request.params ?? {},
    words: { "run id": located.runId, "workflow's name": located.name, ...labelWords(located.graph.labels) },
    finds: (text) => secrets.finds(text),
  });
  const cli = chooseCli({ flag: request.cli, environment, stored: stored?.state, replay: request.replay });
  const driver = await openDriver(cli, { located, replay: request.replay });
  const layout = runLayout(located.runDir);
  const { graph } = located;
  const log = openLog(layout.log);
  const notifier = createNotifier({ environment, directory: layout.notify, redactor: secrets });
  try {
    return await executeRun(startOf({ request, run: located, cli, stored }), {
      clock: systemClock,
      settings: { graph, policy, backend: backendTraits(driver), digest: sha256 },
      perform: createPerform({
        clock: systemClock,
        clocks: policy.clocks,
        driver,
        environment,
        onActivity: hooks.onActivity,
      }),
      preflight: () => preflight({ graph, environment, cli: cliOf(driver) }),
      sweep: (state) => sweepRun(state, layout),
      inspectCut: (state) => inspectCut(state, { driver, layout, environment }),
      listeners: [log.listen, announcer(notifier), ...hooks.listeners(policy)],
      say: hooks.say,
      stop: hooks.stop,
    });
  } finally {
    await Promise.all([log.close(), notifier.settled()]);
  }
}

const sha256 = (text: string): Uint8Array => createHash("sha256").update(text).digest();

const labelWords = (labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(labels).map(([name, text]) => [`label ${name}`, text]));

interface DriverInput {
  readonly located: LocatedRun;
  readonly replay: string | undefined;
}

/** On a busy machine a killed process can take seconds to die. Nothing is started until then. */
const TAKEOVER_SWEEP_MS = 15_000;

/** Kills processes that an earlier start left: found by their mark, or by their record if they cleared their environment. */
async function sweepRun({ uuid, open }: RunState, layout: RunLayout): Promise<void> {
  // A repair moves the records of attempts that the journal lost to this folder.
  const places = [...(open ? [layout.stepDir(open.step, open.node)] : []), layout.stepsBeforeRepair];
  const recorded = places.flatMap(findRecordedProcesses);
  await sweepStep(`${uuid}/`, { recorded, deadlineMs: TAKEOVER_SWEEP_MS });
}

const cliOf = (driver: AgentDriver) =>
  driver.kind === "cli" ? { name: driver.backend.name, install: driver.backend.installCommand } : undefined;

async function openDriver({ cli }: CliChoice, { located, replay }: DriverInput): Promise<AgentDriver> {
  if (cli !== "replay") return { kind: "cli", backend: BACKENDS[cli] };
  const { graph } = located;
  const agents = [...graph.nodes.values()].filter(({ type }) => type === "agent").map(({ id }) => id);
  const answers =
    agents.length > 0 ? await openReplay({ workflowDir: graph.directory, from: replay, agents }) : NO_ANSWERS;
  return { kind: "replay", answers };
}

/** Ignores an empty or relative HOME, which would put workspaces below the current directory. */
const homeDirectory = ({ HOME = "" }: RunRequest["environment"]): string =>
  isAbsolute(HOME) ? HOME : userInfo().homedir;

/** Adds the facts about this process and this machine to a start. */
function startOf({
  request,
  run,
  cli,
  stored,
}: Pick<PreparedStart, "request" | "run" | "cli" | "stored">): PreparedStart {
  return {
    request,
    run,
    cli,
    stored,
    workspace: chooseWorkspace({
      asked: request.workspace,
      stored: stored?.state.workspace,
      runDir: run.runDir,
      env: request.environment,
      home: homeDirectory(request.environment),
    }),
    uuid: randomUUID(),
    holder: currentHolder(),
    versions: { longhaul: VERSION, node: process.versions.node },
  };
}
