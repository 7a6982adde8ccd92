// What an app does, by the generated TypeScript client alone. The process gets the site's address and a user's token.
import { client, type Problem, type components } from "./client.js";

declare const process: { argv: string[] };
const [, , site = "", token = ""] = process.argv;
const todos = "/api/todos/";
const todo = "/api/todos/{id}/";
const api = client(site, () => token);
const anyone = client(site, () => undefined);

function same<T>(found: T, wanted: NoInfer<T>, what: string): void {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new Error(`${what}: ${JSON.stringify(found)} is not ${JSON.stringify(wanted)}`);
  }
}

function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`no ${what}`);
  return value;
}

const made = await api.POST(todos, { body: { title: "Buy milk", priority: 2 } });
const milk: components["schemas"]["Todo"] = present(made.data, "to-do");
same([made.response.status, milk.title, milk.version], [201, "Buy milk", 1], "made");
const params = { path: { id: milk.id } };

const read = await api.GET(todo, { params });
same(present(read.data, "to-do"), milk, "read");
const listed = await api.GET(todos, { params: { query: { limit: 10, sort: "-created" } } });
same(present(listed.data, "list").map((each) => each.id), [milk.id], "listed");

const header = { "If-Match": `"v${milk.version}"` };
const changed = await api.PATCH(todo, { params: { ...params, header }, body: { completed: true } });
const done = present(changed.data, "to-do");
same([done.completed, done.version], [true, 2], "changed");
const late = await api.PATCH(todo, { params: { ...params, header }, body: { completed: false } });
const conflict: Problem = present(late.error, "problem");
same([late.response.status, conflict.status], [412, 412], "late");

const bad = await api.POST(todos, { body: { title: "", priority: 9 } });
const refusal: Problem = present(bad.error, "problem");
const pointers = (refusal.errors ?? []).map((each) => each.pointer).sort();
same([bad.response.status, ...pointers], [400, "/priority", "/title"], "refused");

const stranger = await anyone.GET(todos);
same(stranger.response.status, 401, "a stranger");

same((await api.DELETE(todo, { params })).response.status, 204, "deleted");
const gone = await api.GET(todo, { params });
same(present(gone.error, "problem").status, 404, "gone");

// What the compiler has to refuse; an expectation that nothing meets is an error of its own.
// @ts-expect-error a title is text
() => api.POST(todos, { body: { title: 7 } });
// @ts-expect-error a path the API does not have
() => api.GET("/api/nothing/");
