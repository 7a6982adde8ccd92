/** Due dates: as the user picks and reads them, in local time; as the API keeps them, in UTC. */

/** A date without a time is due when its day ends; that minute is shown as no time. */
const END = "23:59";

const day = (date, days = 0) => new Date(date.getFullYear(), date.getMonth(), date.getDate() + days);
const two = (number) => String(number).padStart(2, "0");

/** A moment as the values of a date and a time input: {date, time}, both empty for null. */
export function toInputs(due) {
  if (!due) return { date: "", time: "" };
  const at = new Date(due);
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  const date = `${String(at.getFullYear()).padStart(4, "0")}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return { date, time: time === END ? "" : time };
}

/** The values of a date and a time input as a moment, or null without a date. */
export function fromInputs(date, time) {
  const at = date ? new Date(`${date}T${time || END}`) : null;
  return at && !Number.isNaN(at.getTime()) ? at.toISOString() : null;
}

/** Today or so many days later, without a time. */
export const inDays = (days, now = new Date()) => fromInputs(toInputs(day(now, days).toISOString()).date, "");

/** Whether its time has come by the end of today. */
export const isDueToday = (due, now = new Date()) => Boolean(due) && new Date(due) < day(now, 1);

export const isOverdue = (due, now = new Date()) => Boolean(due) && new Date(due) < now;

/** In words: "Today", "Tomorrow 14:00", "Friday", "31 Jan 2031". */
export function inWords(due, now = new Date()) {
  const at = new Date(due);
  const days = Math.round((day(at) - day(now)) / 86_400_000);
  const time = toInputs(due).time && at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return [nameOfDay(at, days, now), time].filter(Boolean).join(" ");
}

function nameOfDay(at, days, now) {
  const close = { "-1": "Yesterday", 0: "Today", 1: "Tomorrow" }[days];
  if (close) return close;
  if (days > 1 && days < 7) return at.toLocaleDateString([], { weekday: "long" });
  const year = at.getFullYear() === now.getFullYear() ? {} : { year: "numeric" };
  return at.toLocaleDateString([], { day: "numeric", month: "short", ...year });
}
