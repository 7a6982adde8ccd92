// @ts-check
/** Rules of RFC 5545 that people choose among, and any in words. Ours: FROM=DONE, TZID and AT, see docs/todos.md. */
import { toInputs } from "./due.js";

/** @typedef {import("./due.js").Due} Due */

const WEEKDAYS = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];
const NAMES = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const NUMBERS = ["last", "first", "second", "third", "fourth", "fifth"];
const UNITS = { DAILY: "day", WEEKLY: "week", MONTHLY: "month", YEARLY: "year" };
const WORKDAYS = "MO,TU,WE,TH,FR";

/** The usual rules for what is due then, with their words. @param {Due} due @returns {[rule: string, words: string][]} */
export function usualRules(due, now = new Date()) {
  const rules = [
    "FREQ=DAILY",
    `FREQ=WEEKLY;BYDAY=${WORKDAYS}`,
    "FREQ=WEEKLY",
    ...monthly(dayOf(due, now)),
    yearly(dayOf(due, now)),
    "FREQ=DAILY;FROM=DONE",
    "FREQ=WEEKLY;FROM=DONE",
    "FREQ=MONTHLY;FROM=DONE",
  ];
  return rules.map((rule) => [rule, inWords(rule)]);
}

/** These and its own, and none. @param {Due} due @param {string} own @returns {[rule: string, words: string][]} */
export function choices(due, own) {
  const rules = /** @type {[string, string][]} */ ([["", "Never"], ...usualRules(due)]);
  return rules.some(([rule]) => rule === own) ? rules : [...rules, [own, inWords(own)]];
}

/** The rule without its zone, to compare. @param {string} rule */
export const withoutZone = (rule) => rule.replace(/;TZID=[^;]*/, "");

/** A rule in its parts: by what it repeats, which kind of end it has, its last day and how many are left.
 * @param {string} rule @returns {{rule: string, end: "" | "COUNT" | "UNTIL", count: string, until: string}} */
export function withoutEnd(rule) {
  const parts = rule.split(";");
  const [end = "", value = ""] = parts.find((part) => /^(COUNT|UNTIL)=/.test(part))?.split("=") ?? [];
  return {
    rule: parts.filter((part) => !/^(COUNT|UNTIL|TZID)=/.test(part)).join(";"),
    end: /** @type {"" | "COUNT" | "UNTIL"} */ (end),
    count: end === "COUNT" ? value : "",
    until: end === "UNTIL" ? day(value) : "",
  };
}

/** And together again; null while its end is not said yet. @param {ReturnType<typeof withoutEnd>} parts */
export function withEnd({ rule, end, count, until }) {
  const value = end === "COUNT" ? count : until.replaceAll("-", "");
  if (!rule || !end) return rule;
  return value ? `${rule};${end}=${value}` : null;
}

/** "2030-01-31" of "20300131", or of a moment in UTC. @param {string} until */
const day = (until) => until.slice(0, 8).replace(/(....)(..)(..)/, "$1-$2-$3");

/** The rule by the clock of this place, in summer and winter. @param {string} rule */
export function withZone(rule, zone = Intl.DateTimeFormat().resolvedOptions().timeZone) {
  return rule && zone ? `${withoutZone(rule)};TZID=${zone}` : rule;
}

/** "Every 2 weeks on Monday and Friday", "Every month on the last Friday, until 2030-01-31". @param {string} rule */
export function inWords(rule) {
  if (!rule) return "";
  const parts = Object.fromEntries(rule.split(";").map((part) => part.split("=")));
  const unit = UNITS[/** @type {keyof UNITS} */ (parts.FREQ)];
  const every = parts.INTERVAL > 1 ? `${parts.INTERVAL} ${unit}s` : unit;
  const at = parts.AT ? ` at ${parts.AT.replace(/(..)(..)/, "$1:$2")}` : "";
  const end = at + (parts.UNTIL ? `, until ${day(parts.UNTIL)}` : parts.COUNT ? `, ${parts.COUNT} left` : "");
  if (parts.FROM) return `${parts.INTERVAL > 1 ? every : `A ${unit}`} after it is done${end}`;
  if (parts.BYDAY === WORKDAYS && parts.FREQ === "WEEKLY" && !parts.INTERVAL) return `Every weekday${end}`;
  return `Every ${every}${onDays(parts)}${end}`;
}

/** @param {Record<string, string>} parts */
function onDays({ BYDAY: days, BYMONTHDAY: numbers, BYSETPOS: place }) {
  if (days) {
    const names = days.split(",").map((each) => named(each, place));
    const listed = new Intl.ListFormat("en", { type: "conjunction" }).format(names);
    return place && names.length > 1 ? ` on the ${NUMBERS[Math.max(0, Number(place))]} of ${listed}` : ` on ${listed}`;
  }
  if (!numbers) return "";
  return place === "-1"
    ? ` on day ${numbers.split(",").at(-1)} or the last`
    : ` on day ${numbers.replaceAll(",", ", ")}`;
}

/** "-1FR": the last Friday. @param {string} day @param {string} [place] */
function named(day, place) {
  const name = NAMES[WEEKDAYS.indexOf(day.slice(-2))];
  const number = parseInt(day, 10) || 0;
  if (!number || place) return name;
  return number < -1 ? `the ${NUMBERS[-number]} last ${name}` : `the ${NUMBERS[Math.max(0, number)]} ${name}`;
}

/** @param {Due} due @param {Date} now */
function dayOf(due, now) {
  const [year, month, day] = due
    ? toInputs(due).date.split("-").map(Number)
    : [now.getFullYear(), now.getMonth() + 1, now.getDate()];
  return new Date(year, month - 1, day);
}

/** On this day of each month, or its last where it has none; on the same weekday. @param {Date} date */
function monthly(date) {
  const [number, weekday] = [date.getDate(), WEEKDAYS[date.getDay()]];
  const last = new Date(date.getFullYear(), date.getMonth() + 1, 0).getDate();
  const days = Array.from({ length: number - 27 }, (_, index) => index + 28);
  const byDay = number <= 28 ? "FREQ=MONTHLY" : `FREQ=MONTHLY;BYMONTHDAY=${days};BYSETPOS=-1`;
  return [byDay, `FREQ=MONTHLY;BYDAY=${number + 7 > last ? -1 : Math.ceil(number / 7)}${weekday}`];
}

/** On this day of each year; of February 29, on its last day. @param {Date} date */
function yearly(date) {
  const isLeapDay = date.getMonth() === 1 && date.getDate() === 29;
  return isLeapDay ? "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1" : "FREQ=YEARLY";
}
