// @ts-check
/** When to remind of a to-do: so many minutes before it is due; of a day, before the hour the user has set. */
import { isDay } from "./due.js";

/** @typedef {import("./due.js").Due} Due */

const OF_MOMENTS = [0, 10, 60, 1440];
const OF_DAYS = [0, 1440];

/** The usual choices for what is due then, and its own, with their words. @param {Due} due @param {number | null} own
 * @returns {[minutes: string, words: string][]} */
export function choices(due, own) {
  const usual = isDay(due) ? OF_DAYS : OF_MOMENTS;
  const all = own === null || usual.includes(own) ? usual : [...usual, own].sort((one, other) => one - other);
  return [
    ["", "Never"],
    ...all.map((minutes) => /** @type {[string, string]} */ ([String(minutes), inWords(minutes, due)])),
  ];
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
