// Pictures in the text: dropped, pasted, chosen, or uploaded before. Each is described while it is on its way, and stands
// where it came, by a short name; its address is at the end of the text.

import { pasteFormatted } from "./paste.js";
import { acceptPictures, upload } from "./pictures.js";
import { insertText, replaceText } from "./text_edits.js";

export function insertPictures(form, server, choose) {
  const text = form.elements.body;
  const writing = form.querySelector("[data-writing]");
  const find = (selector) => writing.querySelector(selector);
  const [file, bar, status, dialog] = [
    find("input[type=file]"),
    find("progress"),
    find("[data-status]"),
    find("dialog"),
  ];
  const underWay = new Set(); // marks of pictures
  let number = 0,
    dialogs = Promise.resolve();

  function replace(mark, words) {
    const at = text.value.indexOf(mark);
    if (at < 0) return; // the writer has taken it out
    const { selectionStart, selectionEnd } = text;
    replaceText(text, words, at, at + mark.length);
    if (document.activeElement === text && selectionStart < at) text.setSelectionRange(selectionStart, selectionEnd);
  }

  // A picture that is ready takes the mark's place.
  function show(mark, found, name, alt) {
    if (!text.value.includes(mark)) return;
    const [label, definition] = reference(text.value, found, name);
    replace(mark, `![${alt.replace(/[\\`*_[\]<>&~]/g, "\\$&")}][${label}]`);
    replaceText(text, definition, text.value.length, text.value.length);
  }

  // What the picture shows; one question at a time. Empty: an ornament that says nothing.
  function describe(name) {
    dialogs = dialogs.then(
      () =>
        new Promise((resolve) => {
          dialog.querySelector("[data-name]").textContent = name;
          const input = dialog.querySelector("input");
          input.value = "";
          dialog.addEventListener("close", () => resolve(input.value.trim()), { once: true });
          dialog.showModal();
          input.focus();
        }),
    );
    return dialogs;
  }

  // `way` resolves to an upload with its renditions.
  async function insert(name, way) {
    const mark = `![Uploading ${name.replace(/[[\]]/g, "")} ${++number}…]()`;
    insertText(text, `\n\n${mark}\n\n`);
    underWay.add(mark);
    way.catch(() => {}); // it is told below
    try {
      const alt = await describe(name);
      show(mark, await way, name, alt);
      status.textContent = "";
    } catch (error) {
      replace(mark, "");
      status.textContent = error.message;
    } finally {
      underWay.delete(mark);
    }
  }

  async function send(picture) {
    [bar.hidden, bar.value] = [false, 0];
    try {
      await insert(
        picture.name,
        upload(picture, server, (part) => {
          bar.value = part;
        }),
      );
    } finally {
      bar.hidden = !underWay.size;
    }
  }

  // Saved now, the text would keep the mark of a picture that is on its way. Who doesn't want to wait takes it out.
  form.addEventListener(
    "submit",
    (event) => {
      if (![...underWay].some((mark) => text.value.includes(mark))) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      status.textContent = "A picture is still on its way. Save again in a moment, or take its mark out of the text.";
    },
    true,
  );
  const take = (files) => {
    for (const picture of files) send(picture);
  };
  find("[data-insert]").addEventListener("click", () => file.click());
  find("[data-pick]").addEventListener("click", async () => {
    const chosen = await choose();
    if (chosen) await insert(chosen.name, Promise.resolve(chosen));
  });
  file.addEventListener("change", () => {
    take([...file.files]);
    file.value = "";
    text.focus();
  });
  // Enter in the dialog must not send the form around it.
  const close = (event) => {
    event.preventDefault();
    dialog.close();
  };
  dialog.querySelector("button").addEventListener("click", close);
  dialog.querySelector("input").addEventListener("keydown", (event) => {
    if (event.key === "Enter") close(event);
  });
  const say = (words) => {
    status.textContent = words;
  };
  acceptPictures(text, take, say);
  pasteFormatted(text, say);
}

// [label, what the text needs at its end]. With width and height the page does not jump when the picture loads, and a phone
// gets a smaller size. A label that is a file's name is no word of the text.
function reference(text, found, name) {
  const [{ jpeg, width, height }] = found.renditions;
  const labels = [...text.matchAll(/^\[([^\]^][^\]]*)\]: (\S+)/gm)].map(([, label, target]) => [label, target]);
  const known = labels.find(([, target]) => target === jpeg);
  if (known) return [known[0], ""];
  const [stem, ending] = name.replace(/[\s[\]\\^]+/g, "-").split(/(\.[^.]*)$/);
  const taken = new Set(labels.map(([label]) => label.toLowerCase()));
  let label = `${stem.slice(0, 40)}${ending ?? ""}`;
  for (let count = 2; taken.has(label.toLowerCase()); count++) label = `${stem.slice(0, 40)}-${count}${ending ?? ""}`;
  // Right below a footnote it would be a part of the note.
  const lastLine = text.trimEnd().split("\n").at(-1),
    room = /^\[[^\]^][^\]]*\]: /.test(lastLine) ? 1 : 2;
  const breaks = /\n*$/.exec(text)[0].length;
  return [label, `${"\n".repeat(Math.max(0, room - breaks))}[${label}]: ${jpeg} "${width}x${height}"\n`];
}
