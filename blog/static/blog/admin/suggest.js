// Tags there are already, offered while one writes the next; in a field of several, for the one after the last comma.

export async function suggestTags(root, url) {
  const fields = [...root.querySelectorAll("[data-suggest=tags]")];
  if (!fields.length || !url) return;
  const answer = await fetch(url).catch(() => null);
  if (!answer?.ok) return;
  const tags = (await answer.json()).sort((one, other) => other.count - one.count).map((one) => one.tag);
  for (const field of fields) attach(field, tags);
}

function attach(field, tags) {
  let list = field.list;
  if (!list) {
    list = document.createElement("datalist");
    list.id = field.getAttribute("list") || `${field.name}-suggestions`;
    field.setAttribute("list", list.id);
    field.after(list);
  }
  const several = field.hasAttribute("data-several");
  const show = () => {
    // As it was typed: a browser offers what begins so.
    const before = several ? field.value.match(/^.*[,\uff0c\u3001\u060c]\s*|/)[0] : "";
    const used = new Set(before.split(/[,\uff0c\u3001\u060c]/).map((word) => word.trim()));
    list.replaceChildren(...tags.filter((tag) => !used.has(tag)).map((tag) => new Option("", before + tag)));
  };
  field.addEventListener("input", show);
  show();
}
