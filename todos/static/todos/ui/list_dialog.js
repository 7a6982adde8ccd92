/** The dialog of one list: its name, colour and place, and how to delete it. */
import { COLORS, INBOX } from "../store/list_entry.js";
import { tidy } from "../store/lists.js";
import { closeOutside, find, findAll, make, setText } from "./dom.js";
import { goTo, hashOf } from "./views.js";

export class ListDialog {
  #store;
  #actions;
  #lists;
  #id = null;

  constructor(store, actions, lists) {
    [this.#store, this.#actions, this.#lists] = [store, actions, lists];
    const dialog = find("#list-dialog");
    find("#list-colors").append(...["", ...COLORS].map(swatch));
    find("#list-name").addEventListener("input", ({ target }) => target.setCustomValidity(this.#whyNot(target.value)));
    find("#list-form").addEventListener("submit", (event) => this.#save(event));
    find("#list-up").addEventListener("click", () => this.#move(-1));
    find("#list-down").addEventListener("click", () => this.#move(1));
    find("#delete-list").addEventListener("submit", (event) => this.#delete(event));
    closeOutside(dialog);
    lists.addEventListener("change", () => dialog.open && this.#renderPlace());
  }

  open(id) {
    this.#id = id;
    const { name, color } = this.#lists.get(id);
    find("#list-name").value = name;
    find("#list-name").setCustomValidity("");
    for (const choice of findAll("#list-colors input")) choice.checked = choice.value === (color ?? "");
    this.#renderPlace();
    this.#renderFate();
    find("#list-dialog").showModal();
  }

  #todos() {
    return [...this.#store.todos()].filter(({ list }) => list === this.#id);
  }

  #ids() {
    return this.#all().map(({ id }) => id);
  }

  #all() {
    return this.#lists.all([...this.#store.todos()].map(({ list }) => list));
  }

  #renderPlace() {
    const ids = this.#ids();
    const place = ids.indexOf(this.#id);
    find("#list-up").disabled = place <= 0;
    find("#list-down").disabled = place === ids.length - 1;
    setText(find("#list-place"), `Place ${place + 1} of ${ids.length}`);
  }

  /** What becomes of its to-dos, if it has any. */
  #renderFate() {
    const number = this.#todos().length;
    const others = [this.#lists.get(INBOX), ...this.#all().filter(({ id }) => id !== this.#id)];
    const choices = [...others.map(({ id, name }) => [`to ${id}`, `move to ${name}`]), ["delete", "are deleted, too"]];
    find("#list-fate").replaceChildren(
      ...choices.map(([value, text]) => Object.assign(make("option", "", text), { value })),
    );
    find("#list-fate-label").hidden = number === 0;
    setText(find("#list-number"), number === 1 ? "Its to-do" : `Its ${number} to-dos`);
  }

  /** By its name a list is chosen: no two have one. */
  #whyNot(text) {
    const name = tidy(text).toLowerCase();
    const others = [this.#lists.get(INBOX), ...this.#all()].filter(({ id }) => id !== this.#id);
    return others.some((list) => list.name.toLowerCase() === name) ? "Another list has this name." : "";
  }

  async #save(event) {
    event.preventDefault();
    const name = tidy(find("#list-name").value);
    const color = find("#list-colors input:checked").value || null;
    const known = this.#lists.get(this.#id);
    const fields = { ...(name && name !== known.name && { name }), ...(color !== known.color && { color }) };
    find("#list-dialog").close();
    if (Object.keys(fields).length) await this.#lists.change(this.#id, fields);
  }

  async #move(step) {
    await this.#actions.moveList(this.#id, step);
    const button = find(step < 0 ? "#list-up" : "#list-down");
    if (button.disabled) find(step < 0 ? "#list-down" : "#list-up").focus();
  }

  async #delete(event) {
    event.preventDefault();
    const fate = find("#list-fate").value;
    const moveTo = fate === "delete" ? null : fate.slice("to ".length);
    find("#list-dialog").close();
    await this.#actions.removeList(this.#id, this.#todos(), moveTo);
    goTo(hashOf("list", moveTo ?? INBOX));
  }
}

function swatch(color) {
  const [label, input] = [make("label", "swatch"), make("input")];
  Object.assign(input, { type: "radio", name: "color", value: color });
  const name = color || "none";
  input.setAttribute("aria-label", name);
  label.title = name;
  label.dataset.color = color;
  label.append(input, make("span"));
  return label;
}
