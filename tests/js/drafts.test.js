/** Drafts: what is being typed, in local storage. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Drafts } from "../../todos/static/todos/store/drafts.js";

const drafts = new Drafts("alice");

beforeEach(() => {
  const kept = new Map();
  globalThis.localStorage = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
  };
});

for (const value of ["What was typed", ["home"], "", null]) {
  test(`${JSON.stringify(value)} is forgotten once it is saved`, () => {
    drafts.keep("1", "field", value, "before");
    drafts.forget("1", "field", value);
    assert.equal(localStorage.getItem("todos.draft.alice.1.field"), null);
  });
}

test("what was typed since stays", () => {
  drafts.keep("1", "notes", "flour and sugar", "");
  drafts.forget("1", "notes", "flour");
  assert.equal(drafts.read("1", "notes"), "flour and sugar");
});

test("without a draft there is nothing to read, and nothing to forget", () => {
  drafts.forget("1", "notes", "flour");
  assert.equal(drafts.read("1", "notes"), "");
});
