/** Tags as they are typed in the details of a to-do. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readTags } from "../../todos/static/todos/store/tags.js";

test("they stand between commas, or behind #", () => {
  for (const text of ["home, the garden", "#Home #the  garden", " home ,, the garden,home"])
    assert.deepEqual(readTags(text), { tags: ["home", "the garden"], problem: "" });
});

test("commas of all scripts count", () => {
  for (const text of ["家，庭", "家、庭", "＃家＃庭", "家,庭"]) assert.deepEqual(readTags(text).tags, ["家", "庭"]);
  assert.deepEqual(readTags("بيت، حديقة").tags, ["بيت", "حديقة"]);
});

test("what is too long or too many is told of", () => {
  assert.deepEqual(readTags(`fine, ${"x".repeat(51)}`).tags, ["fine"]);
  assert.match(readTags("x".repeat(51)).problem, /^At most 20 tags of 50 characters/);
  assert.equal(readTags([...Array(21).keys()].join()).tags.length, 20);
});
