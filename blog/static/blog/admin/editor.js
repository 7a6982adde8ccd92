// The form a post is written in. It works without any of this; each part adds one comfort.

import { countDown } from "./counter.js";
import { keepDrafts } from "./drafts.js";
import { insertPictures } from "./inline_pictures.js";
import { pictureField } from "./picture_field.js";
import { picker } from "./picker.js";
import { preview } from "./preview.js";
import { publication } from "./publication.js";
import { copyLinks } from "./links.js";
import { suggestTags } from "./suggest.js";
import { toolbar } from "./toolbar.js";
import { showLocalTimes } from "../../dynamo_admin/zones.js";

const IMPATIENCE = 3000; // milliseconds

const form = document.getElementById("post_form");
const places = document.getElementById("editor-places")?.dataset;

// A double click, or a key that is held, would write a new post twice. After a while it may be sent again, for who
// pressed the browser's Stop.
function sendOnce(form) {
  let last = Number.NEGATIVE_INFINITY;
  form.addEventListener(
    "submit",
    (event) => {
      const isAgain = event.timeStamp - last < IMPATIENCE;
      if (isAgain) {
        event.preventDefault();
        event.stopImmediatePropagation();
      } else last = event.timeStamp;
    },
    true,
  );
  form.addEventListener("keydown", (event) => {
    if (event.repeat && event.key === "Enter" && event.target.matches("input")) event.preventDefault();
  });
}

if (form && places && form.elements.body) {
  const token = form.elements.csrfmiddlewaretoken.value;
  const server = {
    // Rejects with what to tell; `cause` is the status, 0 where there was no answer.
    async ask(url, fields) {
      const body = fields && new URLSearchParams(fields);
      const asked = fetch(url, { method: body ? "POST" : "GET", body, headers: { "X-CSRFToken": token } });
      const answer = await asked.catch(() => {
        throw new Error("The connection broke. Try again.", { cause: 0 });
      });
      const found = await answer.json().catch(() => ({}));
      if (answer.ok) return found;
      const said = [found.detail, ...(found.errors ?? []).map((error) => error.detail)].filter(Boolean);
      const words = said.join(" ") || "The server does not answer. Try again in a moment.";
      throw new Error(words, { cause: answer.status });
    },
    previewUrl: places.preview,
    uploadsUrl: places.uploads,
  };
  const choose = picker(server);
  const picture = pictureField(form, server, choose);
  const shown = preview(form, server, picture);
  insertPictures(form, server, choose);
  sendOnce(form);
  keepDrafts(form, places.user, places.post, places.version, shown.update);
  publication(form);
  toolbar(form);
  countDown(form.elements.summary);
}
suggestTags(document, places?.tags ?? document.getElementById("list-places")?.dataset.tags);
copyLinks(document);
showLocalTimes(document);
