/** A to-do's files: small pictures in its row, all of them in its details, with how far they have come. */
import { clone, find, icon, make, setText } from "./dom.js";
import { toast } from "./toasts.js";
import { MAX_ATTACHMENTS } from "../sync/uploads.js";

const UNITS = ["bytes", "KB", "MB"];

/** Pictures of the attachments that have one, at most three. */
export function showThumbs(place, todo, { links }) {
  const pictures = todo.attachments.filter(({ status, width }) => status === "ready" && width).slice(0, 3);
  const key = JSON.stringify(pictures.map(({ id }) => id));
  if (place.dataset.key === key) return;
  place.dataset.key = key;
  place.replaceChildren(
    ...pictures.map((upload) => {
      const item = make("li");
      showPicture(item, upload, links);
      return item;
    }),
  );
}

/** The smallest rendition once the API has given a link to it; nothing without a network. */
async function showPicture(place, upload, links) {
  const image = make("img", "thumb");
  image.alt = upload.name ?? "";
  image.loading = "lazy";
  image.width = image.height = 56;
  place.append(image);
  const found = await links.describe(upload.id, upload.status).catch(() => null);
  const smallest = found?.renditions.at(-1);
  if (smallest) image.src = smallest.webp;
  else image.remove();
}

/** Whether somebody drags files, and not to a field that takes them by itself. */
const isOfFiles = ({ dataTransfer, target }) => dataTransfer.types.includes("Files") && target.type !== "file";

/** Files can be dropped on details; dropped elsewhere, the browser would leave the page for them. */
export function wireDrops() {
  addEventListener("dragover", (event) => {
    if (!isOfFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = event.target.closest(".details") ? "copy" : "none";
  });
}

/** The list of files in the details, and the button to add some. */
export class Files {
  #place;
  #context;
  #current;

  constructor(place, context, current) {
    this.#place = place;
    this.#context = context;
    this.#current = current;
    find("input", place).addEventListener("change", ({ target }) => {
      this.#add([...target.files]);
      target.value = "";
    });
    place.closest(".details").addEventListener("drop", (event) => {
      if (!isOfFiles(event)) return;
      event.preventDefault();
      this.#add([...event.dataTransfer.files]);
    });
  }

  update(todo) {
    const { uploads } = this.#context;
    const rows = [
      ...todo.attachments.map((upload) => this.#row(`upload-${upload.id}`, (row) => this.#fillUpload(row, upload))),
      ...uploads.of(todo.id).map((file) => this.#row(`file-${file.id}`, (row) => this.#fillFile(row, file))),
    ];
    const list = find(".files", this.#place);
    for (const row of [...list.children]) if (!rows.includes(row)) row.remove();
    rows.forEach((row, index) => {
      if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
    });
  }

  #row(key, fill) {
    const found = find(`[data-key="${key}"]`, this.#place) ?? clone("file");
    found.dataset.key = key;
    fill(found);
    return found;
  }

  #fillUpload(row, upload) {
    const state = { waiting: "Waiting", processing: "Being prepared…", failed: upload.reason ?? "It can't be shown." }[
      upload.status
    ];
    setText(find(".state", row), state ?? inWords(upload.size ?? 0));
    row.classList.toggle("is-bad", upload.status === "failed");
    const key = `${upload.id} ${upload.status}`;
    if (row.dataset.shown === key) return;
    row.dataset.shown = key;
    this.#showLink(row, upload);
    this.#onDrop(row, upload.name, () => this.#context.actions.detach(this.#current(), upload));
  }

  async #showLink(row, upload) {
    const link = make("a", "", upload.name ?? "A file");
    find(".name", row).replaceChildren(link);
    const preview = find(".preview", row);
    preview.replaceChildren(icon("clip"));
    if (upload.status === "ready" && upload.width) preview.replaceChildren();
    if (upload.status === "ready" && upload.width) showPicture(preview, upload, this.#context.links);
    const found = await this.#context.links.describe(upload.id, upload.status).catch(() => null);
    if (!found?.url) return;
    Object.assign(link, { href: found.url, target: "_blank", rel: "noreferrer" });
    // A link to S3 dies after some minutes: whoever opens it gets a living one.
    const renew = async () => {
      link.href = (await this.#context.links.describe(upload.id, upload.status)).url;
    };
    for (const name of ["pointerenter", "focus"]) link.addEventListener(name, () => renew().catch(() => {}));
  }

  #fillFile(row, file) {
    setText(find(".name", row), file.name);
    const percent = Math.round(file.progress * 100);
    setText(find(".state", row), file.error ?? (percent ? `${percent} %` : `${inWords(file.size)}, waiting`));
    row.classList.toggle("is-bad", Boolean(file.error));
    const bar = find("progress", row);
    bar.hidden = Boolean(file.error);
    bar.value = file.progress;
    bar.setAttribute("aria-label", `Upload of ${file.name}`);
    const again = find(".again", row);
    again.hidden = !file.error;
    again.onclick = () => this.#context.uploads.retry(file.id);
    if (row.dataset.shown) return;
    row.dataset.shown = file.id;
    find(".preview", row).append(file.type.startsWith("image/") ? this.#preview(file) : icon("clip"));
    this.#onDrop(row, file.name, () => this.#context.uploads.cancel(file.id));
  }

  #preview(file) {
    const image = make("img", "thumb");
    image.alt = "";
    image.src = URL.createObjectURL(file.blob);
    image.onload = image.onerror = () => URL.revokeObjectURL(image.src);
    return image;
  }

  #onDrop(row, name, drop) {
    const button = find(".drop", row);
    button.setAttribute("aria-label", `Remove ${name ?? "the file"}`);
    button.onclick = drop;
  }

  async #add(chosen) {
    const todo = this.#current();
    const room = MAX_ATTACHMENTS - todo.attachments.length - this.#context.uploads.of(todo.id).length;
    const files = chosen.slice(0, Math.max(0, room));
    const left = chosen.slice(files.length).map(({ name }) => name);
    if (left.length) toast(`A to-do can have ${MAX_ATTACHMENTS} attachments. Left out: ${left.join(", ")}`);
    await this.#context.uploads
      .add(todo.id, files)
      .catch((error) => toast(`The file could not be kept on this device: ${error.message}`));
  }
}

function inWords(bytes) {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log(Math.max(1, bytes)) / Math.log(1000)));
  return `${(bytes / 1000 ** power).toLocaleString([], { maximumFractionDigits: power ? 1 : 0 })} ${UNITS[power]}`;
}
