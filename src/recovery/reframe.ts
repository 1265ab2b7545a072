import { formatDuration } from "../core/duration.ts";
import type { Failure } from "../core/failure.ts";
import type { Json, JsonObject } from "../core/json.ts";
import type { NextTurn } from "../core/vocabulary.ts";

export interface AskedOutput {
  readonly key: string;
  readonly schema?: Json | undefined;
  readonly optional?: boolean | undefined;
}

export interface PromptInput {
  readonly turn: NextTurn;
  /** The rendered prompt of the node. */
  readonly task: string;
  readonly outputs: readonly AskedOutput[];
  /** What was wrong with the last answer in this session, if anything. */
  readonly complaint: Failure | null;
  readonly timeoutMs: number;
}

const SCHEMA_CHARACTERS = 8_000;

/** The text for the CLI's stdin. Every mode repeats the output contract, so a resumed session answers in the same form. */
export function buildPrompt(input: PromptInput): string {
  const contract = outputContract(input.outputs);
  return [...askFor({ ...input, task: input.task.trimEnd() }), contract]
    .filter((part) => part !== "")
    .join("\n\n");
}

function askFor(input: PromptInput): readonly string[] {
  const { turn, task, complaint, timeoutMs } = input;
  switch (turn.mode) {
    case "task":
      return [task];
    case "resend":
      return [task, ...quote(complaint)];
    case "continue":
      return [
        "Your previous turn was cut off before you finished. Go on with the task from where you stopped.",
        ...quote(complaint),
      ];
    case "correct":
      return [
        "Your last answer could not be used.",
        ...quote(complaint),
        "Keep the work you have done; answer again in the required form.",
      ];
    case "notice":
      return [
        `Your last turn was stopped because it ran longer than ${formatDuration(timeoutMs)}. You have that long again, and no more.`,
        "Finish what matters most, leave out the rest, and answer with what you have.",
        ...quote(complaint),
      ];
    case "reframe":
      return reframed(turn.level ?? 1, input);
    case "compact":
      return [];
    default:
      return turn.mode satisfies never;
  }
}

/** What one reframe level asks in its fresh session. */
interface Reframe {
  /** A longer task is shortened to this. */
  readonly taskCharacters: number;
  readonly ask: (task: string, outputs: readonly AskedOutput[]) => readonly string[];
}

/** Each level asks for less: the full task, a shortened task with a form to fill in, the minimum that yields an answer. */
const REFRAMES: readonly [Reframe, ...Reframe[]] = [
  {
    taskCharacters: Infinity,
    ask: (task) => [
      task,
      "Work in small steps. Your final message must be the answer itself, not a description of it.",
    ],
  },
  {
    taskCharacters: 6_000,
    ask: (task, outputs) => [task, "A short, simple answer is enough. Fill in this form:", form(outputs)],
  },
  {
    taskCharacters: 1_500,
    ask: (task, outputs) => [
      `The task, in brief:\n\n${task}`,
      "Do not use any tools. Give your best judgement now, in one message. Fill in this form and print nothing else:",
      form(outputs),
    ],
  },
];

/** The first level, counted from 1, that shortens a long task. */
export const FIRST_SHORTENED_LEVEL =
  REFRAMES.findIndex(({ taskCharacters }) => taskCharacters < Infinity) + 1;

/** A level beyond the last one asks like the last one. */
function reframed(level: number, { task, outputs }: PromptInput): readonly string[] {
  const { taskCharacters, ask } = REFRAMES[Math.min(level, REFRAMES.length) - 1] ?? REFRAMES[0];
  return ask(shorten(task, taskCharacters), outputs);
}

const quote = (complaint: Failure | null): readonly string[] =>
  complaint === null ? [] : [`What was wrong with your last answer: ${complaint.message}`];

/** Tells the model the form of its answer. Empty for a node without declared outputs. */
export function outputContract(outputs: readonly AskedOutput[]): string {
  if (outputs.length === 0) return "";
  return [
    "When you are done, end your final message with exactly one JSON object in a ```json code block.",
    `It must have ${outputs.length === 1 ? "this key" : "these keys"}:`,
    ...outputs.map(describe),
  ].join("\n");
}

function describe({ key, schema, optional }: AskedOutput): string {
  const name = `- ${JSON.stringify(key)}${optional ? " (optional)" : ""}`;
  if (schema === undefined) return name;
  return `${name}, matching this JSON Schema: ${shorten(JSON.stringify(schema), SCHEMA_CHARACTERS)}`;
}

function form(outputs: readonly AskedOutput[]): string {
  if (outputs.length === 0) return "(a plain sentence)";
  const skeleton = Object.fromEntries(outputs.map(({ key, schema }) => [key, placeholder(schema)]));
  return `\`\`\`json\n${JSON.stringify(skeleton, null, 2)}\n\`\`\``;
}

/** A placeholder of the schema's type and shape for the model to replace. */
function placeholder(schema: Json | undefined): Json {
  if (schema === undefined || schema === null || typeof schema !== "object" || Array.isArray(schema))
    return "...";
  const { type, properties, enum: choices, items } = schema as JsonObject; // arrays and null are excluded above
  if (Array.isArray(choices)) return choices.map(String).join(" | ");
  if (type === "object" || properties !== undefined) {
    const fields = typeof properties === "object" && properties !== null ? Object.entries(properties) : [];
    return Object.fromEntries(fields.map(([name, value]) => [name, placeholder(value)]));
  }
  if (type === "array") return [placeholder(items)];
  if (type === "number" || type === "integer") return 0;
  if (type === "boolean") return false;
  return "...";
}

/** Keeps the beginning and the end, where tasks say what they want. Never cuts a surrogate pair. */
function shorten(text: string, characters: number): string {
  const points = Array.from(text);
  if (points.length <= characters) return text;
  const half = Math.floor(characters / 2);
  return `${points.slice(0, half).join("")}\n[... ${points.length - 2 * half} characters left out ...]\n${points.slice(-half).join("")}`;
}
