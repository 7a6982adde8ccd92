// @ts-check
/**
 * Due dates, as in iCalendar: a day ("2026-12-05"), the same wherever one is, or a moment (RFC 3339, in UTC), which is
 * picked and read in local time.
 */

/** @typedef {string | null} Due */

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The page's language, as this reader has it: names of days and months stand in sentences. */
export const ENGLISH = globalThis.navigator?.languages?.find((one) => one.startsWith("en")) ?? "en-GB";

/** @param {Date} date @param {number} [days] */
const midnight = (date, days = 0) => new Date(date.getFullYear(), date.getMonth(), date.getDate() + days);
/** @param {number} number */
const two = (number) => String(number).padStart(2, "0");
/** @param {Date} date */
const dayOf = (date) =>
  `${String(date.getFullYear()).padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
/** @param {Date} date */
const timeOf = (date) => `${two(date.getHours())}:${two(date.getMinutes())}`;

/** Whether it is due on a day, not at a moment. @param {Due} due */
export const isDay = (due) => due !== null && DAY.test(due);

/** Local midnight of a day, or the moment. @param {string} due */
function start(due) {
  if (!isDay(due)) return new Date(due);
  const [year, month, day] = due.split("-").map(Number);
  const date = new Date(2000, month - 1, day);
  date.setFullYear(year, month - 1, day); // a year below 100 means itself
  return date;
}

/** When it becomes overdue: once the day is over here, or at the moment. @param {string} due */
const end = (due) => (isDay(due) ? midnight(start(due), 1) : new Date(due));

/** As the values of a date and a time input, both empty for null. @param {Due} due */
export function toInputs(due) {
  if (!due) return { date: "", time: "" };
  return isDay(due) ? { date: due, time: "" } : { date: dayOf(new Date(due)), time: timeOf(new Date(due)) };
}

/** The values of a date and a time input as a day, or with a time as a moment; null without a date.
 * @param {string} date @param {string} time @returns {Due} */
export function fromInputs(date, time) {
  if (!date || !time) return date || null;
  const at = new Date(`${date}T${time}`);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}

/** Today, or the day so many days later. @param {number} days */
export const inDays = (days, now = new Date()) => dayOf(midnight(now, days));

/** Whether it is due by the end of today. @param {Due} due */
export const isDueToday = (due, now = new Date()) => due !== null && start(due) < midnight(now, 1);

/** @param {Due} due */
export const isOverdue = (due, now = new Date()) => due !== null && end(due) <= now;

/** Which of two comes first; a day counts as its end. @param {string} one @param {string} other */
export const compareDue = (one, other) => end(one).getTime() - end(other).getTime();

/** Whether two are the same: the server drops what is behind milliseconds. @param {Due} one @param {Due} other */
export const isSameDue = (one, other) =>
  one === other ||
  (one !== null && other !== null && isDay(one) === isDay(other) && Date.parse(one) === Date.parse(other));

/**
 * A day in place of a moment at 23:59 here: that is how this page kept days before it knew them; null for all else.
 * @param {Due} due
 */
export function dayInsteadOf(due) {
  if (due === null || isDay(due)) return null;
  const at = new Date(due);
  return timeOf(at) === "23:59" && at.getSeconds() === 0 && at.getMilliseconds() === 0 ? dayOf(at) : null;
}

/** In words: "Today", "Tomorrow 14:00", "Friday", "31 Jan 2031". @param {string} due */
export function inWords(due, now = new Date()) {
  const at = start(due);
  const days = Math.round((midnight(at).getTime() - midnight(now).getTime()) / 86_400_000);
  const time = isDay(due) ? "" : at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return [nameOfDay(at, days, now), time].filter(Boolean).join(" ");
}

/** @param {Date} at @param {number} days @param {Date} now */
function nameOfDay(at, days, now) {
  if (days >= -1 && days <= 1) return ["Yesterday", "Today", "Tomorrow"][days + 1];
  if (days > 1 && days < 7) return at.toLocaleDateString(ENGLISH, { weekday: "long" });
  return at.toLocaleDateString(ENGLISH, {
    day: "numeric",
    month: "short",
    ...(at.getFullYear() === now.getFullYear() ? {} : { year: "numeric" }),
  });
}
