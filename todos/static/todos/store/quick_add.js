// @ts-check
/**
 * What "Pay rent tomorrow 17:00 #home !1" says: words at the end, and there alone, that name a day, a time, tags or a
 * priority. The first word is always part of the title.
 */
import { fromInputs, inDays } from "./due.js";

/** @typedef {{word: string, field: "day" | "time" | "tag" | "priority", value: string}} Token */

const DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const MAX_TAGS = 20;
/** Letters with what joins or parts them within a word, as in Persian, numbers and emoji. */
const TAG = /^[#＃][\p{L}\p{M}\p{N}\p{Extended_Pictographic}\p{RI}\p{EMod}\p{Join_Control}_-]{1,50}$/u;

/** The words at the end that mean something, in their order. Of each kind one, save for tags.
 * @param {string} text @param {Set<string>} [ignored] @returns {{title: string, tokens: Token[]}} */
export function understand(text, ignored = new Set(), now = new Date()) {
  const words = text.trim().split(/\s+/);
  /** @type {Token[]} */
  const tokens = [];
  while (words.length > 1) {
    const last = words[words.length - 1];
    const word = tokens.length ? last.replace(/[,，、،]$/, "") : last; // what parts it from the next
    const token = ignored.has(word) ? null : read(word, now);
    const isTaken = tokens.some(
      ({ field, value }) => field === token?.field && (field !== "tag" || value === token?.value),
    );
    const isTooMany = token?.field === "tag" && tokens.filter(({ field }) => field === "tag").length >= MAX_TAGS;
    if (!token || isTaken || isTooMany) break;
    tokens.unshift(token);
    words.pop();
  }
  return { title: words.join(" "), tokens };
}

/** The fields that these make. A time without a day is one of today.
 * @param {Token[]} tokens */
export function fieldsOf(tokens, now = new Date()) {
  const first = (/** @type {Token["field"]} */ kind) => tokens.find(({ field }) => field === kind)?.value;
  const [day, time, priority] = [first("day"), first("time"), first("priority")];
  const tags = tokens.filter(({ field }) => field === "tag").map(({ value }) => value);
  return {
    ...(day || time ? { due: fromInputs(day ?? inDays(0, now), time ?? "") } : {}),
    ...(priority ? { priority: Number(priority) } : {}),
    ...(tags.length ? { tags } : {}),
  };
}

/** @param {string} word @param {Date} now @returns {Token | null} */
function read(word, now) {
  const lower = word.toLowerCase();
  if (TAG.test(word)) return { word, field: "tag", value: lower.slice(1).normalize("NFC") };
  // As in other to-do lists 1 is the most urgent, which the API calls 3.
  if (/^![123]$/.test(word)) return { word, field: "priority", value: String(4 - Number(word[1])) };
  if (/^([01]?\d|2[0-3]):[0-5]\d$/.test(word)) return { word, field: "time", value: word.padStart(5, "0") };
  const day = readDay(lower, now);
  return day ? { word, field: "day", value: day } : null;
}

/** @param {string} word @param {Date} now */
function readDay(word, now) {
  if (word === "today") return inDays(0, now);
  if (word === "tomorrow") return inDays(1, now);
  const weekday = DAYS.indexOf(word);
  if (weekday >= 0) return inDays(((weekday - now.getDay() + 6) % 7) + 1, now);
  const isDate = /^[12]\d{3}-\d{2}-\d{2}$/.test(word) && !Number.isNaN(Date.parse(word));
  return isDate && new Date(word).toISOString().startsWith(word) ? word : null;
}
