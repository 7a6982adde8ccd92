/** What is typed into the field for a new to-do. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldsOf, understand } from "../../todos/static/todos/store/quick_add.js";

const SATURDAY = new Date(2026, 11, 5, 12);
const read = (text, ignored = []) => {
  const { title, tokens } = understand(text, new Set(ignored), SATURDAY);
  return { title, ...fieldsOf(tokens, SATURDAY) };
};

test("the example", () => {
  assert.deepEqual(read("Pay rent tomorrow 17:00 #home !1"), {
    title: "Pay rent",
    due: new Date(2026, 11, 6, 17).toISOString(),
    priority: 3,
    tags: ["home"],
  });
});

test("days", () => {
  const days = {
    today: "2026-12-05",
    Tomorrow: "2026-12-06",
    saturday: "2026-12-12",
    Monday: "2026-12-07",
    "2027-02-28": "2027-02-28",
  };
  for (const [word, due] of Object.entries(days)) assert.deepEqual(read(`Call ${word}`), { title: "Call", due });
});

test("a time alone is one of today", () => {
  assert.deepEqual(read("Call 9:05"), { title: "Call", due: new Date(2026, 11, 5, 9, 5).toISOString() });
});

test("nothing else is taken", () => {
  for (const title of [
    "Buy milk",
    "tomorrow",
    "#home",
    "Plan tomorrow well",
    "Read !4",
    "Score 25:00",
    "On 2027-02-30",
    "Ticket #",
    "C #sharp!",
    "Read about #home now",
    "",
    "Wait 2027-2-3",
  ])
    assert.deepEqual(read(title), { title });
});

test("one of a kind, and tags in their order", () => {
  assert.deepEqual(read("Plan today tomorrow"), { title: "Plan today", due: "2026-12-06" });
  assert.deepEqual(read("Plan #a #B"), { title: "Plan", tags: ["a", "b"] });
  assert.deepEqual(read("Plan #a #a"), { title: "Plan #a", tags: ["a"] });
  assert.deepEqual(read("Plan tomorrow, #a، #b"), { title: "Plan", due: "2026-12-06", tags: ["a", "b"] });
  assert.deepEqual(read("Plan #a, #b", ["#a"]), { title: "Plan #a,", tags: ["b"] });
});

test("no more tags than a to-do may have", () => {
  const tags = Array.from({ length: 21 }, (_, number) => `#${number}`);
  const { title, tags: taken } = read(`Plan ${tags.join(" ")}`);
  assert.equal(title, "Plan #0");
  assert.equal(taken.length, 20);
});

test("tags of all scripts", () => {
  for (const tag of ["家", "café", "می\u200cخواهم", "🏠", "❤️", "👩‍🚀", "🇯🇵", "👍🏽", "हिन्दी"]) {
    assert.deepEqual(read(`Plan #${tag}`), { title: "Plan", tags: [tag] });
    assert.deepEqual(read(`Plan　＃${tag}`), { title: "Plan", tags: [tag] });
  }
});

test("what is sent back into the text stays there", () => {
  assert.deepEqual(read("See Tomorrow", ["Tomorrow"]), { title: "See Tomorrow" });
});
