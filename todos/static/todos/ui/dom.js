/** Small helpers for the page's own markup. Text goes in as text: nothing in this product parses HTML. */

export const find = (selector, root = document) => root.querySelector(selector);
export const findAll = (selector, root = document) => [...root.querySelectorAll(selector)];

/** A copy of the first element of a <template>. */
export const clone = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

/** Set text only if it differs, so that screen readers and selections are left alone. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A new element with a class and text. */
export function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

/** An icon of the sprite in the page. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

/** Say something to a screen reader. */
export function announce(text) {
  const place = find("#announcer");
  place.textContent = "";
  setTimeout(() => {
    place.textContent = text;
  }, 50); // the same sentence twice is read twice
}

/** Whether an event comes from a field for text, whose keys are its own. */
export const isTyping = ({ target }) => Boolean(target.matches?.("input:not([type=checkbox]), textarea, select"));

/** Have a dialog close when somebody clicks beside it. */
export function closeOutside(dialog) {
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog) dialog.close();
  });
}

/** Show a text in a field; the caret stays where somebody is about to type. */
export function setValue(field, text) {
  if (field.value === text) return;
  const caret = field.selectionEnd;
  field.value = text;
  if (Number.isInteger(caret) && field === document.activeElement) field.setSelectionRange(caret, caret);
}

/** Move an element within its parent without losing focus or selection, where the browser can. */
export function moveInto(place, element, before) {
  if (place.moveBefore && element.parentNode === place) place.moveBefore(element, before);
  else place.insertBefore(element, before);
}

/** Call `work` once per frame at most, however often it is asked for. */
export function oncePerFrame(work) {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      work();
    });
  };
}

export const likesStillness = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
