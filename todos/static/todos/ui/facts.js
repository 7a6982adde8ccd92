/** What a row says of a to-do below its title. */
import { icon, make } from "./dom.js";
import { inWords, isDueToday, isOverdue } from "../store/due.js";
import { INBOX } from "../store/list_entry.js";
import { inWords as ruleInWords } from "../store/repeat.js";
import { hashOf } from "./views.js";

export const PRIORITIES = ["", "Low priority", "Medium priority", "High priority"];

/** Pairs of brackets are part of an address; marks of Chinese and Japanese, which have no spaces, are not. */
const ADDRESS = /\bhttps?:\/\/(?:\([^\s()<>"]*\)|[^\s()<>"\u3000-\u303f\uff00-\uffef])+/g;

/** The web addresses in a text, at most three. */
function linksIn(text) {
  const found = (text.match(ADDRESS) ?? []).map((address) => address.replace(/[.,;:!?\]']+$/, ""));
  return [...new Set(found)].map(parse).filter(Boolean).slice(0, 3);
}

/** The address, or null; Safari 16 has no URL.canParse. */
function parse(address) {
  try {
    return new URL(address);
  } catch {
    return null;
  }
}

/** Due date, list, tags and so on, as small things to see or follow. */
export function showFacts(place, todo, { view, lists }) {
  const facts = [...factsOf(todo, view, lists)];
  const key = JSON.stringify(facts);
  if (place.dataset.key === key) return;
  place.dataset.key = key;
  place.replaceChildren(
    ...facts.map(({ text, kind, hash, symbol, color }) => {
      const item = make("li", `fact ${kind}`);
      if (color) item.dataset.color = color;
      const inner = hash ? make("a") : make("span");
      if (hash) inner.href = hash;
      if (kind === "link") Object.assign(inner, { target: "_blank", rel: "noreferrer", title: hash });
      if (symbol) inner.append(icon(symbol));
      inner.append(text);
      item.append(inner);
      return item;
    }),
  );
}

function* factsOf(todo, view, lists) {
  if (todo.due) {
    const kind = todo.completed ? "" : isOverdue(todo.due) ? "overdue" : isDueToday(todo.due) ? "today" : "";
    yield {
      text: kind === "overdue" ? `Overdue: ${inWords(todo.due)}` : inWords(todo.due),
      kind: `due ${kind}`,
      symbol: "upcoming",
    };
  }
  if (todo.repeat) yield { text: ruleInWords(todo.repeat), kind: "repeat", symbol: "repeat" };
  if (todo.remind !== null && todo.due && !todo.completed) yield { text: "Reminder", kind: "remind", symbol: "bell" };
  if (todo.priority) yield { text: PRIORITIES[todo.priority], kind: `priority-${todo.priority}` };
  if (view.kind !== "list") {
    const { id, name, color } = lists.get(todo.list);
    yield { text: name, kind: "list", hash: hashOf("list", id), symbol: id === INBOX ? "inbox" : "list", color };
  }
  for (const tag of todo.tags) yield { text: `#${tag}`, kind: "tag", hash: hashOf("tag", tag) };
  for (const url of linksIn(`${todo.title} ${todo.notes}`)) yield { text: url.host, kind: "link", hash: url.href };
  if (todo.notes) yield { text: "Notes", kind: "notes", symbol: "note" };
  const { length } = todo.attachments;
  if (length) yield { text: `${length} file${length === 1 ? "" : "s"}`, kind: "clip", symbol: "clip" };
}
