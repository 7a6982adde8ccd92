/** The way to every view: fixed ones, lists, tags, each with how many open to-dos it has. */
import { find, findAll, icon, make } from "./dom.js";
import { isDueToday } from "../store/due.js";
import { INBOX } from "../store/list_entry.js";
import { goTo, hashOf } from "./views.js";

const FIXED = [
  { kind: "all", text: "All to-dos", symbol: "all", has: () => true },
  { kind: "today", text: "Today", symbol: "today", has: ({ due }) => isDueToday(due) },
  { kind: "upcoming", text: "Upcoming", symbol: "upcoming", has: ({ due }) => due !== null },
];

const alphabetical = (one, other) => one.localeCompare(other, undefined, { numeric: true });

export class Sidebar {
  #lists;
  #actions;
  #key = "";

  constructor(lists, actions) {
    [this.#lists, this.#actions] = [lists, actions];
    find("#lists").addEventListener("keydown", (event) => this.#press(event));
    find("#new-list").addEventListener("submit", (event) => this.#addList(event));
    find("#open-places").addEventListener("click", () => this.#open(true));
    find("#close-places").addEventListener("click", () => this.#open(false));
    find("#places").addEventListener("click", ({ target }) => target.closest("a") && this.#open(false));
    find("#places").addEventListener("focusout", ({ currentTarget, relatedTarget }) => {
      const isAway = relatedTarget && !currentTarget.contains(relatedTarget) && !relatedTarget.closest("dialog");
      if (isAway) this.#open(false, { isLeft: true }); // a dialog gives the focus back
    });
    addEventListener("keydown", ({ key }) => key === "Escape" && !find("dialog[open]") && this.#open(false));
    addEventListener("click", ({ target }) => target === find("#app") && this.#open(false)); // the shade beside it
  }

  render(todos, view) {
    const open = todos.filter(({ completed }) => !completed);
    const number = count(
      open.map(({ list }) => list),
      todos.map(({ list }) => list),
    );
    const lists = this.#lists.all(number.keys());
    const tags = count(
      open.flatMap((todo) => todo.tags),
      todos.flatMap((todo) => todo.tags),
    );
    const rows = {
      "#fixed-views": [
        ...FIXED.map(({ has, ...row }) => ({ ...row, name: "", number: open.filter(has).length })),
        { kind: "list", name: INBOX, text: "Inbox", symbol: "inbox", number: number.get(INBOX) },
      ],
      "#lists": lists.map(({ id, name, color }) => ({
        kind: "list",
        name: id,
        text: name,
        symbol: "list",
        color,
        number: number.get(id),
      })),
      "#tags": [...tags]
        .sort(([a], [b]) => alphabetical(a, b))
        .map(([name, number]) => ({ kind: "tag", name, text: name, symbol: "tag", number })),
    };
    const key = JSON.stringify([rows, view.kind, view.name]);
    if (key === this.#key) return;
    this.#key = key;
    for (const [place, entries] of Object.entries(rows)) show(find(place), entries, view);
    find("#tags-heading").hidden = tags.size === 0;
    find("#list-names").replaceChildren(
      ...["Inbox", ...lists.map(({ name }) => name)].map((name) => Object.assign(make("option"), { value: name })),
    );
  }

  /** Show or hide the drawer this is on narrow screens; the focus goes in with it, and back. */
  #open(isOpen, { isLeft = false } = {}) {
    const { classList } = document.documentElement;
    if (classList.contains("places-open") === isOpen) return;
    classList.toggle("places-open", isOpen);
    find("#open-places").setAttribute("aria-expanded", String(isOpen));
    if (!isLeft) find(isOpen ? "#close-places" : "#open-places").focus();
  }

  async #addList(event) {
    event.preventDefault();
    const field = find("#new-list-name");
    if (!field.value.trim()) return;
    const { value } = field;
    field.value = "";
    const made = this.#lists.make(value);
    // Who types on does not wait until it is kept: what comes next is a to-do on this list.
    goTo(hashOf("list", this.#lists.idFor(value)));
    this.#open(false);
    find("#new-title").focus();
    await made;
  }

  /** Alt with an arrow key moves the list whose link has the focus. */
  #press(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const link = event.target.closest("a");
    if (!step || !event.altKey || !link) return;
    event.preventDefault();
    this.#actions.moveList(link.dataset.name, step);
  }
}

/** How often each name of `all` is among `open`. */
function count(open, all) {
  const counts = new Map(all.map((name) => [name, 0]));
  for (const name of open) counts.set(name, counts.get(name) + 1);
  return counts;
}

/** Links, the present one marked; the focus stays on the link it was on. */
function show(place, entries, view) {
  const focused = place.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  place.replaceChildren(
    ...entries.map(({ kind, name, text, symbol, color, number }) => {
      const link = make("a");
      link.href = hashOf(kind, name);
      link.dataset.name = name;
      if (color) link.dataset.color = color;
      link.append(icon(symbol), make("span", "name", text));
      if (number) link.append(make("span", "number", String(number)));
      if (view.kind === kind && view.name === name) link.setAttribute("aria-current", "page");
      const item = make("li");
      item.append(link);
      return item;
    }),
  );
  if (focused)
    findAll("a", place)
      .find((link) => link.getAttribute("href") === focused)
      ?.focus();
}
