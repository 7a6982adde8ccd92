// Pictures uploaded before, to choose one: the editor's own, newest first.

export function picker(server) {
  const dialog = document.getElementById("picture-picker");
  const [list, more, status] = ["[data-uploads]", "[data-more]", "[data-status]"].map((one) =>
    dialog.querySelector(one),
  );
  let next = "",
    chosen = null,
    turn = 0;

  function show(upload) {
    const button = document.createElement("button"),
      image = new Image();
    button.type = "button";
    [image.src, image.alt, image.loading] = [upload.renditions.at(-1).webp, "", "lazy"];
    button.append(image, Object.assign(document.createElement("span"), { textContent: upload.name }));
    button.addEventListener("click", () => {
      chosen = upload;
      dialog.close();
    });
    const row = document.createElement("li");
    row.append(button);
    list.append(row);
  }

  async function load() {
    const mine = turn;
    more.hidden = true;
    status.textContent = "Looking…";
    try {
      let found;
      do {
        found = await server.ask(`${server.uploadsUrl}?${new URLSearchParams({ cursor: next })}`);
        if (mine !== turn) return; // it was closed meanwhile
        next = found.next;
      } while (!found.uploads.length && next);
      for (const upload of found.uploads) show(upload);
      status.textContent = list.children.length ? "" : "You have not uploaded a picture yet.";
    } catch (error) {
      if (mine !== turn) return;
      status.textContent = error.message;
    }
    more.hidden = !next;
  }

  more.addEventListener("click", load);
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  // The upload that was chosen, or null.
  return () =>
    new Promise((resolve) => {
      [next, chosen] = ["", null];
      turn++;
      list.replaceChildren();
      dialog.addEventListener("close", () => resolve(chosen), { once: true });
      dialog.showModal();
      load();
    });
}
