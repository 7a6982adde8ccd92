/** Places in the list. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { atEnd, between, byOrder, newId, placed } from "../../todos/static/todos/store/order.js";

const NOW = 1_800_000_000_000;
const todos = (...orders) => orders.map((order, number) => ({ id: String(number), order }));

test("the end is behind everything, whatever the clock says", () => {
  assert.equal(atEnd([], NOW), NOW);
  assert.equal(atEnd(todos(5, 3), NOW), NOW);
  assert.equal(atEnd(todos(NOW + 5000, 3), NOW), NOW + 5001);
  assert.equal(atEnd(todos(Number.MAX_SAFE_INTEGER), NOW), Number.MAX_SAFE_INTEGER);
});

test("between two is half-way; where nothing fits, all get new places", () => {
  assert.equal(between(1, 2, NOW), 1.5);
  assert.equal(between(undefined, 2000, NOW), 1000);
  assert.equal(between(1, 1, NOW), null);
  assert.deepEqual(placed(todos(1, 1), "new", 1, NOW), { 0: 1, new: 1001, 1: 2001 });
  assert.deepEqual(placed(todos(1, 2), "new", 2, NOW), { new: NOW });
});

test("of the same place the older comes first", () => {
  const [older, newer] = [newId(NOW), newId(NOW + 1)];
  assert.match(older, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.ok(byOrder({ id: older, order: 1 }, { id: newer, order: 1 }) < 0);
});
