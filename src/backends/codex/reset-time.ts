const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const TIME =
  /try again at (?:([A-Z][a-z]{2})[a-z]* (\d{1,2})(?:st|nd|rd|th)?, (\d{4}) )?(\d{1,2}):(\d{2}) ?([AP]M)/u;
const HALF_DAY_MS = 43_200_000;
const DAY_MS = 86_400_000;
const HOURS_PER_HALF_DAY = 12;

/**
 * The reset time in codex's prose (`try again at 10:54 AM`, `try again at Nov 24th, 2026 8:11 AM`) in epoch milliseconds;
 * undefined when it has none. The text has no time zone: codex prints its local time, and it runs in our zone. A time
 * without a date is today's, or tomorrow's when it is more than half a day past.
 */
export function resetTimeInText(text: string, nowMs: number): number | undefined {
  const match = TIME.exec(text);
  if (!match) return undefined;
  const [, month, day, year, hour, minute, half] = match;
  const hours = (Number(hour) % HOURS_PER_HALF_DAY) + (half === "PM" ? HOURS_PER_HALF_DAY : 0);
  const today = new Date(nowMs);
  if (month !== undefined) {
    const monthIndex = MONTHS.indexOf(month.toLowerCase());
    if (monthIndex < 0) return undefined;
    return new Date(Number(year), monthIndex, Number(day), hours, Number(minute)).getTime();
  }
  const time = new Date(
    today.getFullYear(),
    today.getMonth(),
    today.getDate(),
    hours,
    Number(minute),
  ).getTime();
  return nowMs - time > HALF_DAY_MS ? time + DAY_MS : time;
}
