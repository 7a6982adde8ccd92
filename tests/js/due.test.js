/** Due dates in three time zones: TZ is set by the command that runs this. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as due from "../../todos/static/todos/store/due.js";
import * as remind from "../../todos/static/todos/store/remind.js";

const NOON = new Date(2026, 11, 5, 12);

test("a day is the same wherever one is", () => {
  assert.deepEqual(due.toInputs("2026-12-05"), { date: "2026-12-05", time: "" });
  assert.equal(due.fromInputs("2026-12-05", ""), "2026-12-05");
  assert.equal(due.inWords("2026-12-05", NOON), "Today");
  assert.equal(due.inWords("2026-12-06", NOON), "Tomorrow");
  assert.equal(due.inWords("2026-12-04", NOON), "Yesterday");
  assert.equal(due.inDays(0, NOON), "2026-12-05");
  assert.equal(due.inDays(27, NOON), "2027-01-01");
});

test("a moment is picked and read in local time", () => {
  const moment = due.fromInputs("2026-12-05", "09:30");
  assert.equal(moment, new Date(2026, 11, 5, 9, 30).toISOString());
  assert.deepEqual(due.toInputs(moment), { date: "2026-12-05", time: "09:30" });
  const late = due.fromInputs("2026-12-05", "23:59");
  assert.deepEqual(due.toInputs(late), { date: "2026-12-05", time: "23:59" });
});

test("a day is overdue once it is over, a moment when it has come", () => {
  assert.equal(due.isOverdue("2026-12-05", NOON), false);
  assert.equal(due.isOverdue("2026-12-04", NOON), true);
  assert.equal(due.isOverdue(new Date(2026, 11, 5, 11).toISOString(), NOON), true);
  assert.equal(due.isOverdue(new Date(2026, 11, 5, 13).toISOString(), NOON), false);
  assert.equal(due.isOverdue(null, NOON), false);
});

test("what is due today", () => {
  const on = (/** @type {string | null} */ value) => due.isDueToday(value, NOON);
  assert.deepEqual(["2026-12-05", "2026-12-04", "2026-12-06", null].map(on), [true, true, false, false]);
  assert.equal(on(new Date(2026, 11, 5, 23, 59).toISOString()), true);
  assert.equal(on(new Date(2026, 11, 6, 0, 0).toISOString()), false);
});

test("a day comes after the moments of the same day", () => {
  const last = new Date(2026, 11, 5, 23, 59).toISOString();
  const next = new Date(2026, 11, 6, 0, 1).toISOString();
  assert.deepEqual([next, "2026-12-05", last].sort(due.compareDue), [last, "2026-12-05", next]);
});

test("a day is not the moment at which it begins", () => {
  assert.equal(due.isSameDue("2026-12-05", "2026-12-05T00:00:00Z"), false);
  assert.equal(due.isSameDue("2026-12-05T09:00:00Z", "2026-12-05T10:00:00+01:00"), true);
  assert.equal(due.isSameDue(null, null), true);
  assert.equal(due.isSameDue(null, "2026-12-05"), false);
});

test("23:59 was how days were kept", () => {
  assert.equal(due.dayInsteadOf(new Date(2026, 11, 5, 23, 59).toISOString()), "2026-12-05");
  assert.equal(due.dayInsteadOf(new Date(2026, 11, 5, 23, 58).toISOString()), null);
  assert.equal(due.dayInsteadOf(new Date(2026, 11, 5, 23, 59, 1).toISOString()), null);
  assert.equal(due.dayInsteadOf("2026-12-05"), null);
  assert.equal(due.dayInsteadOf(null), null);
});

test("without a date there is nothing to be reminded of; what was chosen is still shown", () => {
  assert.deepEqual(remind.choices(null, null), [["", "Never, as it has no date"]]);
  assert.deepEqual(
    remind.choices(null, 60).map(([minutes]) => minutes),
    ["", "60"],
  );
  assert.deepEqual(
    remind.choices("2026-12-05", null).map(([, words]) => words),
    ["Never", "On the day", "1 day before"],
  );
});

test("a reminder of a moment that has long passed does not come", () => {
  const at = (/** @type {number} */ hour, minute = 0) => new Date(2026, 11, 5, hour, minute).toISOString();
  assert.equal(remind.hasPassed(at(12, 30), 60, "09:00", NOON), true);
  assert.equal(remind.hasPassed(at(11, 55), 0, "09:00", NOON), false);
  assert.equal(remind.hasPassed(at(14), 60, "09:00", NOON), false);
  assert.equal(remind.hasPassed("2026-12-05", 0, "09:00", NOON), true);
  assert.equal(remind.hasPassed("2026-12-05", 0, "17:00", NOON), false);
  assert.equal(remind.hasPassed(null, 0, "09:00", NOON), false);
});
