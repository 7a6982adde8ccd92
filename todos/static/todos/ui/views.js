/** What the list shows: a view is in the address (#today, #list=Errands), so that the back button and links work. */
import { compareDue, isDueToday } from "../store/due.js";
import { byOrder } from "../store/order.js";

const byDue = (one, other) => compareDue(one.due, other.due) || byOrder(one, other);

/** Views without a name of their own: what belongs to them, in which order, what a new to-do gets. */
const FIXED = {
  all: { title: "All to-dos", has: () => true, sort: byOrder },
  today: { title: "Today", has: ({ due }) => isDueToday(due), sort: byDue },
  upcoming: { title: "Upcoming", has: ({ due }) => due !== null, sort: byDue },
};

/** The view of an address' fragment, with a list's name as it is now; anything unknown is all to-dos. */
export function viewOf(hash, lists) {
  const [kind, ...rest] = hash.replace(/^#/, "").split("=");
  const name = decode(rest.join("="));
  if (kind === "list" && name) {
    return { kind, name, title: lists.name(name), has: ({ list }) => list === name, sort: byOrder };
  }
  if (kind === "tag" && name)
    return { kind, name, title: `#${name}`, has: ({ tags }) => tags.includes(name), sort: byOrder };
  const known = Object.hasOwn(FIXED, kind) ? kind : "all";
  return { kind: known, name: "", ...FIXED[known] };
}

export const hashOf = (kind, name = "") => (name ? `#${kind}=${encodeURIComponent(name)}` : `#${kind}`);

/** Go to a view at once: of a new fragment browsers tell so late that what is typed next would belong to the old view. */
export function goTo(hash) {
  if (hash !== location.hash) history.pushState(null, "", hash);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

/** Everything that matches what was typed, wherever it is: all words, in any case, with or without accents. */
export function searchFor(query, lists) {
  const words = plain(query).split(" ").filter(Boolean);
  const has = (todo) => {
    const names = todo.attachments.map(({ name }) => name ?? "");
    const text = plain(
      [todo.title, todo.notes, lists.name(todo.list), ...todo.tags.map((tag) => `#${tag}`), ...names].join(" "),
    );
    return words.every((word) => text.includes(word));
  };
  return { kind: "search", name: query, title: `Search: ${query}`, has, sort: byOrder };
}

/** The open and the completed to-dos of a view, each in its order. */
export function select(view, todos) {
  const found = todos.filter(view.has);
  // The server says when; what it has not heard of yet is the newest.
  const at = (todo) => (todo.completed_at ? Date.parse(todo.completed_at) : Number.MAX_SAFE_INTEGER);
  const newest = (one, other) => at(other) - at(one);
  return {
    open: found.filter(({ completed }) => !completed).sort(view.sort),
    done: found.filter(({ completed }) => completed).sort(newest),
  };
}

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/g, " ").trim();

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return ""; // a stray % in an address somebody typed
  }
}
