import { counted } from "../../core/counted.ts";
import { formatDuration } from "../../core/duration.ts";
import type { Excess } from "../../core/limits.ts";

/** What the user needs to decide whether to continue: the use, the limit, and a limit that is high enough. */
export interface LimitMessage {
  readonly what: string;
  readonly wayOut: string;
}

/** Describes a reached limit. `unpricedTurns` are turns whose cost is unknown and therefore not counted. */
export function describeExcess(excess: Excess, unpricedTurns: number): LimitMessage {
  const { name, limit } = excess;
  const uncounted =
    name === "cost_usd" && unpricedTurns > 0
      ? ` ${counted(unpricedTurns, "turn")} without a known price ${unpricedTurns === 1 ? "is" : "are"} not in it.`
      : "";
  return {
    what: `The limit ${name}=${valueText(name, limit)} leaves no room for more: ${usedText(excess)}.${uncounted}`,
    wayOut: `To continue, start again with --limit ${name}=${enough(excess)}.`,
  };
}

function usedText({ name, used, next }: Excess): string {
  if (name === "wall_clock") return `the run began ${formatDuration(used)} ago`;
  if (name === "steps") return `${counted(used, "step")} ${used === 1 ? "is" : "are"} done`;
  const unit = name === "cost_usd" ? " USD" : " tokens";
  const estimate =
    next > 0 ? `, and the next turn is expected to use ${valueText(name, next)}, like the last ones` : "";
  return `${valueText(name, used)}${unit} are used${estimate}`;
}

function valueText(name: Excess["name"], value: number): string {
  if (name === "wall_clock") return durationText(value, Math.floor);
  return name === "cost_usd" ? String(Number(value.toFixed(4))) : String(value);
}

const ROOM = 1.5;

/** A limit to suggest: 1.5 times the old one, or more if that would stop the run again at once. Rounded up. */
function enough({ name, used, next, limit }: Excess): string {
  const value = Math.max((used + next) * (name === "wall_clock" ? ROOM : 1), limit * ROOM);
  if (name === "wall_clock") return durationText(value, Math.ceil);
  const rounded = roundUp(value);
  return String(name === "cost_usd" ? rounded : Math.ceil(rounded));
}

/** Rounds up to two significant digits. */
function roundUp(value: number): number {
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Number((Math.ceil(value / unit - 1e-9) * unit).toPrecision(2));
}

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
] as const;

/** Formats a duration as workflow files write it, in the largest unit that gives 1 exactly or at least 2. */
function durationText(ms: number, round: (value: number) => number): string {
  const [unit, unitMs] = UNITS.find(([, size]) => ms >= 2 * size || ms === size) ?? ["ms", 1];
  return `${round(ms / unitMs)}${unit}`;
}
