import type { JsonObject } from "../core/json.ts";
import type { AgentActivity } from "../core/ports.ts";
import type { Usage } from "../core/usage.ts";
import type { Activity } from "../process/activity-clock.ts";
import type { ProcessEnd } from "../core/process-end.ts";
import type { Facts, TurnReport } from "./turn-report.ts";

export type CliName = "claude" | "codex" | "copilot";

export interface Capabilities {
  /** Whether we choose the id of a fresh session; otherwise the CLI reports it once it runs. */
  readonly chooseSessionId: boolean;
  readonly compact: boolean;
  readonly outputSchema: boolean;
  readonly effort: boolean;
  /** Whether the CLI can limit the cost of a turn. */
  readonly budget: boolean;
}

/** One agent command line: how to start a turn, read its stream, and compact a session. */
export interface Backend {
  readonly name: CliName;
  /** The default when neither node nor AGENT_MODEL names a model; undefined leaves the choice to the CLI. */
  readonly defaultModel: string | undefined;
  readonly capabilities: Capabilities;
  /** How to install the program. */
  readonly installCommand: string;
  /** How a person logs in, in one sentence. */
  readonly loginRemedy: string;
  /** Files that change when the login is renewed, perhaps by another run. */
  loginFiles(environment: Environment): readonly string[];
  /** Variables that each hold a login, which the CLI prefers to the one in its files. */
  readonly loginVariables: readonly string[];
  /** Files with settings and without secrets. In a file's name `*` stands for any characters. */
  settingsFiles(environment: Environment): readonly string[];
  /** Matches a settings file that configures another login, such as a helper or a provider with its own key. */
  readonly loginInSettings?: RegExp;
  /** A file that answers the questions of the CLI's first start. */
  firstStartAnswers?(environment: Environment): { readonly path: string; readonly content: string };
  beginTurn(request: TurnRequest): Promise<Turn>;
  beginCompaction(request: CompactionRequest): Promise<Compaction>;
  /** The agent's activity in one line of a turn's stream, for display. Pure; never throws. */
  activityIn(line: string): readonly AgentActivity[];
  /** What the stream shows of a turn that was cut off together with its runner. */
  inspectCut(cut: CutTurn): Promise<CutReport>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** What every process of a CLI needs. */
export interface Place {
  readonly cwd: string;
  /** The environment of the process, without the command's own additions. */
  readonly environment: Environment;
  /** As written in the workflow or in AGENT_MODEL; each backend has its own syntax. */
  readonly model: string | undefined;
  /** The process runs as root. claude accepts that only when told that it is in a sandbox. */
  readonly asRoot: boolean;
}

export interface TurnRequest extends Place {
  readonly prompt: string;
  readonly session: { readonly id: string | null; readonly fresh: boolean };
  readonly addDirs: readonly string[];
  readonly effort: string | undefined;
  /** The cost limit of the turn; only for a CLI that can limit it. */
  readonly budgetUsd?: number;
  /** JSON Schema of the whole answer; undefined when the CLI should not enforce one. */
  readonly outputSchema: JsonObject | undefined;
  /** The attempt's directory, for files that the CLI reads. */
  readonly attemptDir: string;
}

export interface CompactionRequest extends Place {
  readonly sessionId: string;
}

export interface TurnCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** Added to the environment; never overrides a person's own setting. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stdin: string;
  /** The signal that ends this CLI together with its tools, if one exists. */
  readonly stopSignal: "SIGINT" | "SIGTERM";
  /** Files to write before the process starts. */
  readonly files: readonly { readonly path: string; readonly content: string }[];
}

/** One turn in progress: its command, the reader of its stream, and its report once the process is gone. */
export interface Turn {
  readonly command: TurnCommand;
  /** Takes one line of stdout; skips lines that are not JSON. Never throws. */
  readonly push: (line: string) => Activity;
  readonly finish: (ended: EndedProcess) => Promise<TurnReport>;
  /** The tokens in the session file while the turn runs, for a CLI whose stream lacks them. Only for display. */
  readonly tokensSoFar?: () => Promise<number | undefined>;
  /** Whether the session on disk contains this turn's prompt, so that the model understands "continue". */
  readonly promptStored: (sessionId: string | null) => Promise<boolean>;
}

export interface EndedProcess {
  readonly end: ProcessEnd;
  readonly stderrTail: string;
  readonly endedAtMs: number;
  /** Facts about the lines themselves, whatever they say; part of the facts of every report. */
  readonly lineFacts: Facts;
}

export interface Compaction {
  readonly command: TurnCommand;
  readonly push: (line: string) => Activity;
  /** Lines to write to stdin in answer to the pushed ones, for a CLI that compacts through a dialogue. */
  readonly replies?: () => readonly string[];
  readonly finish: (ended: EndedProcess) => Promise<CompactionReport>;
}

export interface CompactionReport {
  readonly compacted: boolean;
  /** The facts contain `compact_error` when the CLI gave a reason for its failure. */
  readonly report: TurnReport;
}

export interface CutTurn {
  readonly lines: AsyncIterable<string>;
  readonly session: { readonly id: string | null; readonly fresh: boolean };
  readonly prompt: string;
  readonly cwd: string;
  readonly environment: Environment;
  readonly startedAtMs: number;
}

export interface CutReport {
  readonly sessionId: string | null;
  /** The model had already produced something new. */
  readonly progressed: boolean;
  readonly promptStored: boolean;
  /** What the model had used, as far as the CLI recorded it. */
  readonly usage: Usage | undefined;
}
