// The picture above a post: chosen, dropped or pasted; shown as soon as it is ready; and described.

import { acceptPictures, ready, upload } from "./pictures.js";

export function pictureField(form, server, choose) {
  const field = form.querySelector("[data-picture-field]");
  if (!field) return { renditions: () => [], alt: () => "" };
  const [id, alt] = [form.elements.hero_0, form.elements.hero_1];
  const find = (selector) => field.querySelector(selector);
  const [shown, file, bar, status] = [
    find("[data-shown]"),
    find("input[type=file]"),
    find("progress"),
    find("[data-status]"),
  ];
  let renditions = [],
    turn = 0;

  function changed() {
    find("[data-remove]").hidden = !id.value && bar.hidden;
    alt.required = Boolean(id.value);
    form.dispatchEvent(new Event("picture-changed"));
  }

  function show(found) {
    renditions = found.renditions;
    const image = new Image();
    [image.src, image.alt] = [renditions.at(-1).webp, ""];
    shown.replaceChildren(image);
    changed();
  }

  function use(found) {
    // The words there are may be another picture's.
    const isInPlace = id.value && id.value !== found.id;
    id.value = found.id;
    show(found);
    form.dispatchEvent(new Event("input", { bubbles: true }));
    status.textContent = alt.value ? "" : "Now say what it shows.";
    if (alt.value && isInPlace) status.textContent = "Does this still say what it shows?";
    // Whoever types by now, here or elsewhere, goes on.
    if (!status.textContent || document.activeElement?.matches(":read-write")) return;
    alt.focus();
    alt.select();
  }

  async function take([picture]) {
    const mine = ++turn;
    [bar.hidden, bar.value, status.textContent] = [false, 0, `Uploading ${picture.name}…`];
    changed();
    try {
      const found = await upload(picture, server, (part) => {
        if (mine !== turn) return;
        bar.value = part;
        if (part === 1) status.textContent = "Making its sizes…";
      });
      if (mine === turn) use(found); // else another one was chosen meanwhile
    } catch (error) {
      if (mine === turn) status.textContent = error.message;
    } finally {
      if (mine === turn) settle();
    }
  }

  function settle() {
    bar.hidden = true;
    changed();
  }

  // The picture the post has may be someone else's upload, which can't be asked for: the page brings what is known of it.
  async function load() {
    const wanted = id.value,
      held = JSON.parse(field.dataset.held);
    if (wanted && wanted === held.id) return show(held);
    if (!wanted) {
      renditions = [];
      shown.replaceChildren();
      return changed();
    }
    try {
      const found = await ready(wanted, server);
      if (id.value === wanted) show(found);
    } catch {
      changed();
    }
    return undefined;
  }

  find("[data-choose]").addEventListener("click", () => file.click());
  find("[data-pick]").addEventListener("click", async () => {
    const chosen = await choose();
    if (!chosen) return;
    turn++;
    settle();
    use(chosen);
  });
  file.addEventListener("change", () => {
    if (file.files.length) take(file.files);
    file.value = "";
  });
  find("[data-remove]").addEventListener("click", () => {
    turn++;
    settle();
    [id.value, alt.value, status.textContent] = ["", "", ""];
    form.dispatchEvent(new Event("input", { bubbles: true }));
    load();
  });
  // Saved now, the post would be without the picture that is on its way.
  form.addEventListener(
    "submit",
    (event) => {
      if (bar.hidden) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      status.textContent = "The picture is still on its way. Save again in a moment, or remove it.";
    },
    true,
  );
  alt.addEventListener("input", () => form.dispatchEvent(new Event("picture-changed")));
  form.addEventListener("draft-restored", load);
  acceptPictures(field, take, (words) => {
    status.textContent = words;
  });
  for (const part of field.querySelectorAll("[data-scripted]")) part.hidden = false;
  load();
  return { renditions: () => renditions, alt: () => alt.value };
}
