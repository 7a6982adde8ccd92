// Pictures in the text: dropped, pasted or chosen. Each is described while it is on its way, and stands where it came.

import { acceptPictures, upload } from "./pictures.js";

export function insertPictures(form, server) {
  const text = form.elements.body;
  const writing = form.querySelector("[data-writing]");
  const find = (selector) => writing.querySelector(selector);
  const [file, bar, status, dialog] = [find("input[type=file]"), find("progress"), find("[data-status]"), find("dialog")];
  let number = 0, dialogs = Promise.resolve();

  function put(from, to, words) {
    text.setRangeText(words, from, to, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function replace(mark, words) {
    const at = text.value.indexOf(mark);
    if (at < 0) return; // the writer has taken it out
    const { selectionStart, selectionEnd } = text;
    text.setRangeText(words, at, at + mark.length, "preserve");
    if (document.activeElement === text && selectionStart < at) text.setSelectionRange(selectionStart, selectionEnd);
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // What the picture shows; one question at a time. Empty: an ornament that says nothing.
  function describe(name) {
    dialogs = dialogs.then(() => new Promise((resolve) => {
      dialog.querySelector("[data-name]").textContent = name;
      const input = dialog.querySelector("input");
      input.value = "";
      dialog.addEventListener("close", () => resolve(input.value.trim()), { once: true });
      dialog.showModal();
      input.focus();
    }));
    return dialogs;
  }

  async function insert(picture) {
    const mark = `![Uploading ${picture.name.replace(/[[\]]/g, "")} ${++number}…]()`;
    put(text.selectionStart, text.selectionEnd, `\n\n${mark}\n\n`);
    [bar.hidden, bar.value] = [false, 0];
    const way = upload(picture, server, (part) => { bar.value = part; });
    way.catch(() => {}); // it is told below
    try {
      const alt = await describe(picture.name);
      replace(mark, markup(await way, alt));
      status.textContent = "";
    } catch (error) {
      replace(mark, "");
      status.textContent = error.message;
    } finally {
      bar.hidden = true;
    }
  }

  const take = (files) => { for (const picture of files) insert(picture); };
  find("[data-insert]").addEventListener("click", () => file.click());
  file.addEventListener("change", () => {
    take([...file.files]);
    file.value = "";
    text.focus();
  });
  // Enter in the dialog must not send the form around it.
  const close = (event) => { event.preventDefault(); dialog.close(); };
  dialog.querySelector("button").addEventListener("click", close);
  dialog.querySelector("input").addEventListener("keydown", (event) => { if (event.key === "Enter") close(event); });
  acceptPictures(text, take);
}

// HTML, for its width and height: the page does not jump when it loads, and a phone gets a smaller size.
function markup(found, alt) {
  const [largest] = found.renditions;
  const safe = (words) => words.replace(/[&"<>]/g, (sign) => `&#${sign.charCodeAt(0)};`).replace(/\s+/g, " ");
  return `<img src="${safe(largest.jpeg)}" alt="${safe(alt)}" width="${largest.width}" height="${largest.height}">`;
}
