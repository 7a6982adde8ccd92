/** A to-do on this device: what the user changed, on top of what the server says. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { edited, removed, shown } from "../../todos/static/todos/store/entry.js";
import { DEFAULTS, isSame, mergeField } from "../../todos/static/todos/store/fields.js";
import { rebased } from "../../todos/static/todos/store/rebase.js";
import { reconcile, refused, sending, tombstone } from "../../todos/static/todos/store/reconcile.js";

const base = (version, fields = {}) => ({
  ...DEFAULTS,
  id: "1",
  title: "Old",
  notes: "old",
  attachments: [],
  tags: ["a"],
  version,
  ...fields,
});
const entry = (version = 1, fields) => ({ base: base(version, fields), pending: null });

test("values of a field compare by what they mean", () => {
  assert.ok(isSame("tags", ["a", "b"], ["b", "a"]));
  assert.ok(!isSame("due", "2026-12-05", "2026-12-05T00:00:00Z"));
  assert.ok(isSame("title", " a ", "a"));
  assert.ok(!isSame("notes", "a ", "a"));
});

test("three values of a field become one", () => {
  assert.deepEqual(mergeField("notes", "was", "mine", "was"), { mine: "mine" });
  assert.deepEqual(mergeField("notes", "was", "mine", "theirs"), { conflict: "theirs" });
  assert.deepEqual(mergeField("notes", "was", "same", "same"), { drop: true });
  assert.deepEqual(mergeField("order", 1, 2, 3), { mine: 2 });
  assert.deepEqual(mergeField("tags", ["a"], ["a", "mine"], ["theirs"]), { mine: ["theirs", "mine"] });
});

test("an answer ends what was sent, and what came later stays", () => {
  const sent = sending(edited(entry(), { notes: "mine" }));
  assert.deepEqual(reconcile(sent, base(2, { notes: "mine" }), { own: true }).pending, null);
  const later = reconcile(edited(sent, { priority: 2 }), base(2, { notes: "mine" }), { own: true });
  assert.deepEqual(later.pending.fields, { priority: 2 });
});

test("news of another device is merged, and asked about where both changed a text", () => {
  const mine = edited(entry(), { priority: 3 });
  const merged = reconcile(mine, base(2, { notes: "theirs" }));
  assert.equal(shown("1", merged).notes, "theirs");
  assert.equal(shown("1", merged).priority, 3);
  const both = reconcile(edited(entry(), { notes: "mine" }), base(2, { notes: "theirs" }));
  assert.deepEqual(both.pending.conflicts, { notes: "theirs" });
  assert.equal(shown("1", both).notes, "mine");
});

test("older news changes nothing", () => {
  const now = entry(5);
  assert.equal(reconcile(now, base(4, { notes: "older" })), now);
});

test("what somebody typed outlives a deletion elsewhere; a tick does not", () => {
  const gone = { id: "1", deleted: true, version: 2 };
  const typed = reconcile(edited(entry(), { notes: "mine" }), gone);
  assert.deepEqual(typed.pending.conflicts, { deleted: true });
  assert.equal(typed.pending.lost.title, "Old");
  assert.equal(reconcile(edited(entry(), { completed: true }), gone).pending, null);
});

test("a deletion of what was changed meanwhile asks", () => {
  assert.deepEqual(reconcile(removed(entry()), base(2, { notes: "theirs" })).pending.conflicts, { changed: true });
  assert.equal(rebased(removed(entry()).pending, { id: "1", deleted: true, version: 2 }), null);
  const gone = tombstone("1", base(4, { updated_at: "2030-01-01T00:00:00Z" }));
  assert.deepEqual(gone, { id: "1", deleted: true, version: 5, updated_at: "2030-01-01T00:00:00Z" });
});

test("what was forgotten and made anew begins at version 1", () => {
  const gone = { base: { id: "1", deleted: true, version: 9, updated_at: "2030-01-01" }, pending: null };
  const anew = { ...base(1), updated_at: "2030-03-01" };
  assert.equal(reconcile(gone, anew).base, anew);
  assert.equal(reconcile(gone, { ...base(1), updated_at: "2029-12-31" }), gone);
});

test("of two contents of one version, as two regions make them, the later counts", () => {
  const known = { base: { ...base(5), updated_at: "2030-01-01" }, pending: null };
  const other = { ...base(5, { notes: "of the second region" }), updated_at: "2030-01-02" };
  assert.equal(reconcile(known, other).base, other);
  const later = { base: other, pending: null };
  assert.equal(reconcile(later, known.base), later);
  const mine = edited(known, { notes: "mine" });
  assert.deepEqual(reconcile(mine, other).pending.conflicts, { notes: "of the second region" });
});

test("a server that is behind what was sent is believed when it is asked anew", () => {
  const sent = sending(edited(entry(), { title: "x" }));
  const behind = base(sent.base.version - 1);
  assert.equal(reconcile(sent, behind), sent);
  assert.equal(reconcile(sent, behind, { isLast: true }).base, behind);
});

test("what was refused waits with its reason", () => {
  const stuck = refused(sending(edited(entry(), { title: "x" })), "Too long.");
  assert.equal(stuck.pending.refused, "Too long.");
  assert.equal(shown("1", stuck).title, "x");
});
