/** What only the user can decide: a field that was changed in two places, a change the server refused. */
import { clone, find, make } from "./dom.js";
import { inWords } from "../store/due.js";
import { inWords as ruleInWords } from "../store/repeat.js";

const NAMES = {
  title: "title",
  notes: "notes",
  due: "due date",
  repeat: "repetition",
  priority: "priority",
  list: "list",
};
const MAX_NOTES = 10_000;
const PRIORITIES = ["None", "Low", "Medium", "High"];

const inText = {
  due: (value) => (value ? inWords(value) : "None"),
  repeat: (value) => ruleInWords(value) || "Never",
  priority: (value) => PRIORITIES[value],
};

/** The questions about a to-do, in place of those of earlier; `actions` carries out the answers, `lists` knows names. */
export function showConflicts(row, todo, { actions, lists }) {
  const { conflicts = {}, refused = null, fields = {} } = todo.pending ?? {};
  const key = JSON.stringify([conflicts, refused, Object.keys(conflicts).map((field) => fields[field])]);
  if (row.dataset.questions === key) return;
  row.dataset.questions = key;
  for (const question of row.querySelectorAll(":scope > .question")) question.remove();
  row.append(...questions(todo, actions, lists));
}

function questions(todo, actions, lists) {
  const { conflicts = {}, refused = null, kind, fields } = todo.pending ?? {};
  const found = Object.keys(conflicts).map((field) =>
    conflict(todo, field, fields[field], conflicts[field], actions, lists),
  );
  if (refused !== null) {
    const giveUp = ["Undo my change", () => actions.giveUp(todo.id)];
    const again = ["Try again", () => actions.change(todo.id, {})];
    found.push(question(`This could not be saved: ${refused}`, {}, kind === "delete" ? [giveUp] : [again, giveUp]));
  }
  return found;
}

// What is asked, and what is answered for mine and for theirs.
const WHOLE = {
  changed: ["You deleted this, but it was changed elsewhere in the meantime.", "Delete it", "Keep it"],
  deleted: ["You changed this, but it was deleted elsewhere in the meantime.", "Keep it", "Let it go"],
};

function conflict(todo, field, mine, theirs, actions, lists) {
  const answer = (choice, value) => actions.resolve(todo.id, field, choice, value);
  const [text, ours, others] = WHOLE[field] ?? [
    `The ${NAMES[field]} changed here and elsewhere.`,
    "Keep mine",
    "Take the other",
  ];
  const choices = [
    [ours, () => answer("mine")],
    [others, () => answer("theirs")],
  ];
  if (WHOLE[field]) return question(text, {}, choices);
  const say = field === "list" ? (id) => lists.name(id) : (inText[field] ?? ((value) => value || "(empty)"));
  const both = `${theirs}\n\n${mine}`;
  if (field === "notes" && both.length <= MAX_NOTES) choices.push(["Keep both", () => answer("both", both)]);
  return question(text, { Mine: say(mine), "The other": say(theirs) }, choices);
}

function question(text, versions, choices) {
  const group = clone("question");
  group.setAttribute("aria-label", text);
  find(".what", group).textContent = text;
  for (const [name, value] of Object.entries(versions)) {
    const pair = make("div");
    pair.append(make("dt", "", name), make("dd", "", value));
    find(".versions", group).append(pair);
  }
  for (const [name, act] of choices) {
    const button = make("button", "button", name);
    button.type = "button";
    button.addEventListener("click", act);
    find(".actions", group).append(button);
  }
  return group;
}
