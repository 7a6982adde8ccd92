/** Moving a row: by its handle with mouse, pen or finger; by keys from anywhere in it. */
import { announce, find, moveInto } from "./dom.js";

/** How close to the edge of the screen the page begins to scroll, in pixels, and how far each frame. */
const EDGE = 72;
const SPEED = 12;

export class Mover {
  #list;
  #place;
  #onMove;
  #drag = null;
  #unkept = 0;

  /** `onMove(id, others, index)` puts a to-do at a place among the others, `onMove(null)` leaves all as they were. */
  constructor(list, place, onMove) {
    [this.#list, this.#place, this.#onMove] = [list, place, onMove];
    place.addEventListener("pointerdown", (event) => this.#lift(event));
    place.addEventListener("keydown", (event) => this.#press(event));
  }

  /** Whether rows stand where nothing kept has them yet: what is drawn meanwhile would put them back. */
  get isBusy() {
    return this.#drag !== null || this.#unkept > 0;
  }

  // --- With a pointer ---------------------------------------------------------------------------------------------

  #lift(event) {
    const handle = event.target.closest(".handle");
    if (this.#drag || !handle || event.button !== 0 || !this.#place.classList.contains("is-movable")) return;
    event.preventDefault();
    handle.focus({ preventScroll: true });
    const row = handle.closest(".todo");
    const from = [...this.#place.children].indexOf(row);
    this.#drag = { row, from, grip: event.pageY - row.offsetTop, y: event.clientY };
    row.classList.add("is-lifted");
    const stop = new AbortController();
    // On the document: where an element that moves loses the pointer, its events go on there.
    const on = (name, act) => document.addEventListener(name, act, { signal: stop.signal });
    const end = (isDone) => {
      stop.abort();
      this.#drop(isDone);
    };
    on("pointermove", ({ clientY }) => {
      this.#drag.y = clientY;
      this.#follow();
    });
    on("pointerup", () => end(true));
    on("pointercancel", () => end(false));
    on("keydown", ({ key }) => {
      if (key === "Escape") end(false);
    });
    this.#scroll();
  }

  #follow() {
    const { row, grip, y } = this.#drag;
    const rows = [...this.#place.children].filter((other) => other !== row);
    const middle = (other) => other.getBoundingClientRect().top + other.offsetHeight / 2;
    const next = rows.find((other) => y < middle(other)) ?? null;
    if (row.nextElementSibling !== next) moveInto(this.#place, row, next);
    row.style.translate = `0 ${y + scrollY - grip - row.offsetTop}px`;
  }

  #scroll() {
    if (!this.#drag) return;
    const { y } = this.#drag;
    const way = y < EDGE ? -SPEED : y > innerHeight - EDGE ? SPEED : 0;
    if (way) {
      scrollBy(0, way);
      this.#follow();
    }
    requestAnimationFrame(() => this.#scroll());
  }

  #drop(isDone) {
    const { row, from } = this.#drag;
    this.#drag = null;
    row.classList.remove("is-lifted");
    row.style.translate = "";
    const to = [...this.#place.children].indexOf(row);
    if (isDone && to !== from) this.#moved(row.dataset.id, to);
    else this.#onMove(null);
  }

  // --- With keys --------------------------------------------------------------------------------------------------

  #press(event) {
    const row = event.target.closest(".todo");
    const isHandle = event.target.classList.contains("handle");
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!row || !this.#place.classList.contains("is-movable")) return; // no row: a field that is just leaving
    if (isHandle && (event.key === " " || event.key === "Enter")) return this.#pick(event, row);
    if (row.classList.contains("is-picked") && event.key === "Escape") return this.#putBack(event, row);
    if (!step || !(event.altKey || row.classList.contains("is-picked"))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const rows = [...this.#place.children];
    const index = rows.indexOf(row) + step;
    if (index < 0 || index >= rows.length) return announce(step < 0 ? "It is the first." : "It is the last.");
    // At once, so that the next key finds it where it is going to be.
    moveInto(this.#place, row, step < 0 ? rows[index] : rows[index].nextElementSibling);
    event.target.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    this.#moved(row.dataset.id, index);
    announce(`${find(".title", row).textContent}: place ${index + 1} of ${rows.length}.`);
  }

  #pick(event, row) {
    event.preventDefault();
    const isPicked = row.classList.toggle("is-picked");
    const place = [...this.#place.children].indexOf(row);
    if (isPicked) row.dataset.from = place;
    announce(isPicked ? "Picked up. The arrow keys move it." : `Put down at place ${place + 1}.`);
    event.target.addEventListener("blur", () => row.classList.remove("is-picked"), { once: true });
  }

  #putBack(event, row) {
    event.preventDefault();
    row.classList.remove("is-picked");
    this.#moved(row.dataset.id, Number(row.dataset.from));
    announce("Put back.");
  }

  async #moved(id, index) {
    const others = this.#list.todos.filter((todo) => todo.id !== id);
    this.#unkept += 1;
    try {
      await this.#onMove(id, others, index);
    } finally {
      this.#unkept -= 1;
      this.#onMove(null);
    }
  }
}
