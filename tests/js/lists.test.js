/** How lists become what the user did and what the server says. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { changedList, confirmedList, hasAddress, shownList } from "../../todos/static/todos/store/list_entry.js";
import { Lists } from "../../todos/static/todos/store/lists.js";

const row = { id: "a", name: "A", color: "red", order: 3, deleted_at: null, version: 2 };

/** A store that keeps everything in memory. */
class Memory extends EventTarget {
  #values = {};
  todos() {
    return [{ list: "garden" }];
  }
  async meta(key) {
    return this.#values[key];
  }
  async setMeta(key, value) {
    this.#values[key] = value;
  }
  async changeMeta(key, step) {
    this.#values[key] = step(this.#values[key]);
  }
}

const filled = async (...rows) => {
  const lists = new Lists(new Memory());
  await lists.receive(rows);
  return lists;
};

test("a list nobody made is called by its id, and one that is deleted by its last name", () => {
  assert.deepEqual(shownList("Work"), { id: "Work", name: "Work", color: null, order: Infinity, isThere: false });
  assert.equal(shownList("a", { base: { ...row, deleted_at: "2030" }, pending: null }).name, "A");
});

test("what was changed while it was sent is sent next", () => {
  const entry = changedList({ base: row, pending: null }, { name: "B", color: "blue" });
  const sent = entry.pending;
  const later = changedList(entry, { name: "C" });
  const left = confirmedList(later, sent, { ...row, name: "B", color: "blue", version: 3 });
  assert.deepEqual(left.pending, { fields: { name: "C" }, isDeleted: false });
  assert.equal(confirmedList(entry, sent, { ...row, version: 3 }).pending, null);
});

test("news that was faster than an answer stays", () => {
  const entry = changedList({ base: { ...row, name: "News", version: 9 }, pending: null }, { color: "blue" });
  assert.equal(confirmedList(entry, entry.pending, { ...row, version: 3 }).base.name, "News");
});

test("a deletion taken back while it was sent makes it again", () => {
  const deleted = { fields: {}, isDeleted: true };
  const back = changedList({ base: row, pending: deleted }, { name: "A" });
  const left = confirmedList(back, deleted, null);
  assert.deepEqual([left.base.deleted_at, left.pending], ["now", { fields: { name: "A" }, isDeleted: false }]);
});

test("of two rows of one version, as two regions make them, the later counts", async () => {
  const first = { ...row, updated_at: "2030-01-01" };
  const lists = await filled(first);
  await lists.receive([{ ...row, name: "Second", updated_at: "2030-01-02" }]);
  assert.equal(lists.name("a"), "Second");
  await lists.receive([first]);
  assert.equal(lists.name("a"), "Second");
});

test("names: the inbox, those that are there, those whose id is taken", async () => {
  const lists = await filled({ ...row, id: "Errands", name: "Town" });
  assert.equal(lists.idFor(" InBox "), "inbox");
  assert.equal(lists.idFor(""), "inbox");
  assert.equal(lists.idFor("Town"), "Errands");
  assert.equal(lists.idFor("town"), "Errands");
  assert.equal(lists.idFor("Garden"), "garden"); // nobody made it, but it is in use
  assert.equal(lists.idFor(" Errands "), "Errands 2");
  assert.equal(await lists.make("Errands"), "Errands 2");
  assert.equal(lists.name("Errands 2"), "Errands");
  assert.equal(await lists.make("Errands"), "Errands 2");
  assert.equal(lists.idFor("constructor"), "constructor");
});

test("an address never ends in a way up", async () => {
  for (const id of [".", "..", "a/..", "../a"]) assert.equal(hasAddress(id), false);
  for (const id of ["...", "a.b", "a/b"]) assert.equal(hasAddress(id), true);
  const lists = await filled();
  assert.equal(hasAddress(await lists.make("..")), true);
  await lists.change("..", { name: "x" });
  await lists.remove(".");
  assert.deepEqual(lists.waiting().map(hasAddress), [true]);
});

test("a move gives a list that nobody made a place, and renames none", async () => {
  const lists = await filled({ ...row, order: 1 }, { ...row, id: "b", name: "B", order: 2 });
  const order = () => lists.all(["c"]).map(({ id }) => id);
  assert.deepEqual(order(), ["a", "b", "c"]);
  await lists.move("c", 1, ["c"]);
  assert.deepEqual(order(), ["a", "c", "b"]);
  assert.deepEqual(
    lists.waiting().map((id) => lists.entry(id).pending.fields),
    [{ order: 3 }, { order: 2 }],
  );
});

test("what a sync from nothing does not name is gone, save what was changed here", async () => {
  const lists = await filled(row, { ...row, id: "b" }, { ...row, id: "c" });
  await lists.change("b", { name: "Mine" });
  const known = lists.versions();
  await lists.receive([
    { ...row, id: "c", name: "Kept since", version: 3 },
    { ...row, id: "d", name: "Made since" },
  ]);
  await lists.sweep(known, new Set());
  assert.deepEqual(
    lists.all().map(({ id, name }) => [id, name]),
    [
      ["c", "Kept since"],
      ["d", "Made since"],
      ["b", "Mine"],
    ],
  );
});

test("lists that this device alone knew are told to the server", async () => {
  const store = new Memory();
  await store.setMeta("lists", ["Old", "Older"]);
  for (const lists of [new Lists(store), new Lists(store)]) {
    await lists.load();
    assert.deepEqual(
      lists.all().map(({ id, order }) => [id, order]),
      [
        ["Old", 1],
        ["Older", 2],
      ],
    );
    assert.deepEqual(lists.waiting(), ["Old", "Older"]);
  }
});

test("lists made one right after the other stand in that order, before either is kept", async () => {
  const lists = await filled(row);
  const made = [lists.make("Z"), lists.make("Y"), lists.make(" Z ")];
  assert.deepEqual(
    lists.all().map(({ name }) => name),
    ["A", "Z", "Y"],
  );
  assert.deepEqual(await Promise.all(made), ["Z", "Y", "Z"]);
  assert.deepEqual(
    lists.all().map(({ name, order }) => [name, order]),
    [
      ["A", 3],
      ["Z", 4],
      ["Y", 5],
    ],
  );
});

test("what could not be kept is not shown any longer", async () => {
  const store = new Memory();
  store.changeMeta = async () => {
    throw new Error("full");
  };
  const lists = new Lists(store);
  await assert.rejects(lists.make("A"), /full/);
  assert.deepEqual(lists.all(), []);
});
