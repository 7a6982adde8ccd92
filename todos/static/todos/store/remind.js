// @ts-check
/** When to remind of a to-do: so many minutes before it is due; of a day, before the hour the user has set. */
import { fromInputs, isDay } from "./due.js";

/** @typedef {import("./due.js").Due} Due */

const OF_MOMENTS = [0, 10, 60, 1440];
const OF_DAYS = [0, 1440];
/** What passed less long ago is told of at once, in milliseconds. */
const LATE = 600_000;

/** The usual choices for what is due then, none without a date, and its own, with their words. @param {Due} due @param {number | null} own
 * @returns {[minutes: string, words: string][]} */
export function choices(due, own) {
  const usual = due === null ? [] : isDay(due) ? OF_DAYS : OF_MOMENTS;
  const all = own === null || usual.includes(own) ? usual : [...usual, own].sort((one, other) => one - other);
  return [
    ["", due === null ? "Never, as it has no date" : "Never"],
    ...all.map((minutes) => /** @type {[string, string]} */ ([String(minutes), inWords(minutes, due)])),
  ];
}

/** Whether the moment to remind is over, so that nothing comes; of a day by the time the user has set, "09:00".
 * @param {Due} due @param {number} minutes @param {string} time */
export function hasPassed(due, minutes, time, now = new Date()) {
  const at = isDay(due) ? fromInputs(/** @type {string} */ (due), time) : due;
  return at !== null && Date.parse(at) - minutes * 60_000 < now.getTime() - LATE;
}

/** "1 hour before". @param {number} minutes @param {Due} due */
export function inWords(minutes, due) {
  if (minutes === 0) return isDay(due) ? "On the day" : "When it is due";
  for (const [unit, size] of /** @type {[string, number][]} */ ([
    ["day", 1440],
    ["hour", 60],
    ["minute", 1],
  ])) {
    if (minutes % size === 0) return `${minutes / size} ${unit}${minutes === size ? "" : "s"} before`;
  }
  return "";
}
