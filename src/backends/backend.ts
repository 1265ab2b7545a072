import type { JsonObject } from "../core/json.ts";
import type { AgentActivity } from "../core/ports.ts";
import type { Usage } from "../core/usage.ts";
import type { Activity } from "../process/activity-clock.ts";
import type { ProcessEnd } from "../core/process-end.ts";
import type { Facts, TurnReport } from "./turn-report.ts";

export type CliName = "claude" | "codex" | "copilot";

export interface Capabilities {
  /** We choose the id of a fresh session; otherwise the CLI tells it once it runs. */
  readonly chooseSessionId: boolean;
  readonly compact: boolean;
  readonly outputSchema: boolean;
  readonly effort: boolean;
  /** The CLI can bound the cost of a turn. */
  readonly budget: boolean;
}

/** One agent command line: how a turn is started, how its stream is read, how a session is compacted. */
export interface Backend {
  readonly name: CliName;
  /** Used when neither node nor AGENT_MODEL names one; undefined leaves the choice to the CLI. */
  readonly defaultModel: string | undefined;
  readonly capabilities: Capabilities;
  /** Gets the program, where it is missing. */
  readonly installCommand: string;
  /** What a person does to log in, one sentence. */
  readonly loginRemedy: string;
  /** Files whose change means that the login was renewed, perhaps by another run. */
  loginFiles(environment: Environment): readonly string[];
  /** Variables that each are a login, which the CLI prefers to the one in its files. */
  readonly loginVariables: readonly string[];
  /** Files that hold settings and no secrets. In a file's name `*` stands for any characters. */
  settingsFiles(environment: Environment): readonly string[];
  /** Matches a settings file that names another way to log in, such as a helper or a provider with a key of its own. */
  readonly loginInSettings?: RegExp;
  /** A file that answers what the CLI asks a person at its first start. */
  firstStartAnswers?(environment: Environment): { readonly path: string; readonly content: string };
  beginTurn(request: TurnRequest): Promise<Turn>;
  beginCompaction(request: CompactionRequest): Promise<Compaction>;
  /** What the agent does with one line of a turn's stream, for display. Pure; never throws. */
  activityIn(line: string): readonly AgentActivity[];
  /** What the stream of a turn shows that was cut off together with its runner. */
  inspectCut(cut: CutTurn): Promise<CutReport>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** What every process of a CLI needs to know. */
export interface Place {
  readonly cwd: string;
  /** The environment the process will get, without the command's own additions. */
  readonly environment: Environment;
  /** As written by the author or in AGENT_MODEL; each backend knows its own syntax. */
  readonly model: string | undefined;
  /** The process runs as root, which claude accepts only when told that it is in a sandbox. */
  readonly asRoot: boolean;
}

export interface TurnRequest extends Place {
  readonly prompt: string;
  readonly session: { readonly id: string | null; readonly fresh: boolean };
  readonly addDirs: readonly string[];
  readonly effort: string | undefined;
  /** What the turn may cost; only for a CLI that can bound it. */
  readonly budgetUsd?: number;
  /** JSON Schema of the whole answer; undefined when the CLI should not be held to one. */
  readonly outputSchema: JsonObject | undefined;
  /** Directory of the attempt, for files that the CLI wants to read. */
  readonly attemptDir: string;
}

export interface CompactionRequest extends Place {
  readonly sessionId: string;
}

export interface TurnCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** Added to the environment; never overrides what a person set. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stdin: string;
  /** The signal that ends this CLI without leaving its tools behind, where one exists. */
  readonly stopSignal: "SIGINT" | "SIGTERM";
  /** Files that must exist before the process starts. */
  readonly files: readonly { readonly path: string; readonly content: string }[];
}

/** One turn under way: its command, the reader of its stream, and its report once the process is gone. */
export interface Turn {
  readonly command: TurnCommand;
  /** Takes one line of stdout; lines that are no JSON are skipped. Never throws. */
  readonly push: (line: string) => Activity;
  readonly finish: (ended: EndedProcess) => Promise<TurnReport>;
  /** Tokens that the session file tells of while the turn runs, for a CLI whose stream does not. For display only. */
  readonly tokensSoFar?: () => Promise<number | undefined>;
  /** The session on disk holds this turn's prompt, so that "continue" is understood. */
  readonly promptStored: (sessionId: string | null) => Promise<boolean>;
}

export interface EndedProcess {
  readonly end: ProcessEnd;
  readonly stderrTail: string;
  readonly endedAtMs: number;
  /** What the lines that were pushed show besides what they say; belongs to the facts of every report. */
  readonly lineFacts: Facts;
}

export interface Compaction {
  readonly command: TurnCommand;
  readonly push: (line: string) => Activity;
  /** Lines to write to stdin in answer to what was pushed, for a CLI that compacts by conversation. */
  readonly replies?: () => readonly string[];
  readonly finish: (ended: EndedProcess) => Promise<CompactionReport>;
}

export interface CompactionReport {
  readonly compacted: boolean;
  /** Facts hold `compact_error` when the CLI said why it could not. */
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
  /** The model had produced something new. */
  readonly progressed: boolean;
  readonly promptStored: boolean;
  /** What the model had used, as far as the CLI left word of it. */
  readonly usage: Usage | undefined;
}
