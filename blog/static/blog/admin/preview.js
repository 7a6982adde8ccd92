// The post as readers will see it, rendered by the server while one writes, in a frame that runs no scripts.

const PAUSE = 500; // milliseconds without a key
const NAMES = ["title", "summary", "body", "author_name", "tags"];
const DATE = ["published_at_0", "published_at_1"]; // whether it is public, and since when

export function preview(form, server, picture) {
  const writing = form.querySelector("[data-writing]");
  const frame = writing.querySelector("iframe");
  const count = writing.querySelector("[data-count]");
  const button = writing.querySelector("[data-preview]");
  const lost = writing.querySelector("[data-warnings]");
  let timer = 0,
    asked = 0;

  function fields() {
    const values = [...NAMES, ...DATE].map((name) => [name, form.elements[name]?.value ?? ""]);
    return Object.fromEntries([...values, ["picture", JSON.stringify(picture.renditions())], ["alt", picture.alt()]]);
  }

  async function update() {
    clearTimeout(timer);
    const number = ++asked;
    try {
      const found = await server.ask(server.previewUrl, fields());
      if (number !== asked) return; // a later question is under way
      count.textContent = `${found.words} word${found.words === 1 ? "" : "s"}, ${found.minutes} min`;
      warn(found.warnings);
      show(found.html);
    } catch (error) {
      if (number === asked) count.textContent = error.message;
    }
  }

  function show(html) {
    const page = frame.contentDocument;
    const made = new DOMParser().parseFromString(html, "text/html");
    // Browsers differ in what a link followed in such a frame does: here none leads anywhere.
    for (const link of made.querySelectorAll("a[href]")) link.removeAttribute("href");
    if (!page?.querySelector("main")) {
      frame.srcdoc = `<!doctype html>${made.documentElement.outerHTML}`;
      return;
    }
    // Only what changed is put in: the place one has scrolled to stays.
    page.querySelector("main").replaceWith(page.adoptNode(made.querySelector("main")));
  }

  function warn(warnings) {
    const items = warnings.map((text) => Object.assign(document.createElement("li"), { textContent: text }));
    lost.replaceChildren(...items);
    lost.hidden = !items.length;
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(update, PAUSE);
  }

  function toggle() {
    const shown = frame.hidden;
    frame.hidden = !shown;
    writing.classList.toggle("with-preview", shown);
    button.setAttribute("aria-pressed", String(shown));
  }

  for (const name of NAMES) form.elements[name]?.addEventListener("input", later);
  form.addEventListener("change", ({ target }) => {
    if (DATE.includes(target.name)) later();
  });
  form.addEventListener("picture-changed", later);
  button.addEventListener("click", toggle);
  for (const part of writing.querySelectorAll("[data-scripted]")) part.hidden = false;
  if (matchMedia("(min-width: 70rem)").matches) toggle();
  update();
  return { update };
}
