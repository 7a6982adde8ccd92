/** Rules of repetition, chosen and in words. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as repeat from "../../todos/static/todos/store/repeat.js";

const rules = (due) => repeat.usualRules(due).map(([rule]) => rule);

test("the day it is due says which rules are usual", () => {
  assert.ok(rules("2026-12-11").includes("FREQ=MONTHLY;BYDAY=2FR"));
  assert.ok(rules("2026-12-25").includes("FREQ=MONTHLY;BYDAY=-1FR"));
  assert.ok(rules("2026-12-25").includes("FREQ=MONTHLY"));
  assert.ok(rules("2027-01-31").includes("FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1"));
  assert.ok(rules("2028-02-28").includes("FREQ=YEARLY"));
  assert.ok(rules("2028-02-29").includes("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1"));
  assert.ok(!rules("2028-02-29").includes("FREQ=YEARLY"), "which comes every four years");
  assert.equal(rules(null).length, 9);
});

test("a moment is of the day it is here", () => {
  assert.ok(rules(new Date(2026, 11, 25, 23, 30).toISOString()).includes("FREQ=MONTHLY;BYDAY=-1FR"));
});

test("each rule has words of its own", () => {
  const words = repeat.usualRules("2027-01-31").map(([, text]) => text);
  assert.equal(new Set(words).size, words.length);
  const said = {
    "": "",
    "FREQ=DAILY;TZID=Europe/Berlin": "Every day",
    "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR": "Every weekday",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR": "Every 2 weeks on Monday and Friday",
    "FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20300131": "Every month on the last Friday, until 2030-01-31",
    "FREQ=MONTHLY;BYDAY=-2FR": "Every month on the second last Friday",
    "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1": "Every month on day 31 or the last",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1": "Every year on day 29 or the last",
    "FREQ=DAILY;INTERVAL=3;FROM=DONE": "3 days after it is done",
    "FREQ=DAILY;COUNT=3": "Every day, 3 left",
    "FREQ=DAILY;TZID=Europe/Berlin;COUNT=3;AT=0230": "Every day at 02:30, 3 left",
  };
  for (const [rule, text] of Object.entries(said)) assert.equal(repeat.inWords(rule), text);
});

test("a rule goes by the clock of the place it is chosen at", () => {
  assert.equal(repeat.withZone("FREQ=DAILY", "Europe/Berlin"), "FREQ=DAILY;TZID=Europe/Berlin");
  assert.equal(repeat.withZone("FREQ=DAILY;TZID=Asia/Tokyo", "Europe/Berlin"), "FREQ=DAILY;TZID=Europe/Berlin");
  assert.equal(repeat.withZone("", "Europe/Berlin"), "");
});

test("a rule comes apart at its end, and together again", () => {
  const zone = ";TZID=Europe/Berlin";
  for (const [rule, parts] of Object.entries({
    "FREQ=DAILY": { rule: "FREQ=DAILY", end: "", count: "", until: "" },
    "FREQ=DAILY;COUNT=3": { rule: "FREQ=DAILY", end: "COUNT", count: "3", until: "" },
    "FREQ=WEEKLY;BYDAY=MO,FR;UNTIL=20300131": {
      rule: "FREQ=WEEKLY;BYDAY=MO,FR",
      end: "UNTIL",
      count: "",
      until: "2030-01-31",
    },
    "": { rule: "", end: "", count: "", until: "" },
  })) {
    assert.deepEqual(repeat.withoutEnd(rule && rule + zone), parts);
    assert.equal(repeat.withEnd(parts), rule);
  }
  assert.deepEqual(repeat.withoutEnd("COUNT=3;FREQ=DAILY").rule, "FREQ=DAILY");
  assert.equal(repeat.withoutEnd("FREQ=DAILY;UNTIL=20300131T220000Z;FROM=DONE").until, "2030-01-31");
});

test("an end that is not typed yet makes no rule, and none is without what repeats", () => {
  const parts = { rule: "FREQ=DAILY", end: "COUNT", count: "", until: "2030-01-31" };
  assert.equal(repeat.withEnd(parts), null);
  assert.equal(repeat.withEnd({ ...parts, end: "UNTIL", until: "" }), null);
  assert.equal(repeat.withEnd({ ...parts, rule: "" }), "");
  assert.equal(repeat.withEnd({ ...parts, end: "" }), "FREQ=DAILY");
});
