// Markdown of the HTML that office programs and browsers put on the clipboard.

import Turndown from "./vendor/turndown-7.2.5.js";

const TAKEN =
  "h1, h2, h3, h4, h5, h6, a, strong, em, b, i, del, s, li, table, blockquote, pre, code, sup, sub, hr, p ~ p";
const BOLD = ":is(strong, b)",
  ITALIC = ":is(em, i)";
const LINK = /^(https?|mailto|tel):/i;
// Cells and rows end with signs that no text has, until the table puts them together.
const [CELL, ROW] = ["\ue000", "\ue001"];

// { text, pictures }: the Markdown, and how many pictures were left out. `text` is empty where plain text says as much.
export function markdownOf(html) {
  const { body } = new DOMParser().parseFromString(prepared(html), "text/html");
  // Editors of code copy their colours; what they show is plain text.
  const isCode = [...body.children].some(
    (one) => one.nodeName === "PRE" || (one.nodeName === "DIV" && styleOf(one).whiteSpace === "pre"),
  );
  const pictures = body.querySelectorAll("img");
  for (const one of body.querySelectorAll("style, script, title, meta, link, img, colgroup")) one.remove();
  wordLists(body);
  stylesToElements(body);
  tidy(body);
  const isFormatted = !isCode && body.querySelector(TAKEN);
  return { text: isFormatted ? service().turndown(body).trim() : "", pictures: pictures.length };
}

// The page's policy forbids styles in HTML, read-only ones too: they are read from an attribute of another name.
function prepared(html) {
  const inTag = (tag) => tag.replace(/(\s)style(?=\s*=)/i, "$1data-style");
  return html.replace(/[\ue000\ue001]/g, "").replace(/<[a-z][^>]*>/gi, inTag);
}

function styleOf(element) {
  const { style } = document.createElement("span");
  style.cssText = element.dataset.style ?? "";
  return style;
}

// Google Docs and Word say with styles what HTML has elements for.
function stylesToElements(body) {
  for (const one of body.querySelectorAll("p.MsoTitle")) rename(one, "h1");
  for (const one of body.querySelectorAll("[data-style]")) {
    const { fontWeight, fontStyle, textDecorationLine, verticalAlign } = styleOf(one);
    if (one.matches(BOLD) && ["normal", "400"].includes(fontWeight)) unwrap(one);
    if (one.nodeName !== "SPAN") continue;
    if (fontWeight === "bold" || Number(fontWeight) >= 600) wrap(one, "strong");
    if (fontStyle === "italic") wrap(one, "em");
    if (textDecorationLine.includes("line-through")) wrap(one, "del");
    if (["super", "sub"].includes(verticalAlign)) wrap(one, verticalAlign.slice(0, 3));
    unwrap(one);
  }
}

// Word writes a list as paragraphs that say their level, and their mark as text.
function wordLists(body) {
  let lists = [];
  for (const item of body.querySelectorAll(":is(p, div)[data-style*='mso-list:']")) {
    const mark = item.querySelector("[data-style*='mso-list:Ignore' i]");
    if (!mark) continue;
    if (item.previousElementSibling !== lists[0]) lists = [];
    const words = mark.textContent.trim(),
      kind = /[.)]$/.test(words) ? "ol" : "ul";
    const wanted = Number(/level(\d)/.exec(item.dataset.style)?.[1] ?? 1);
    const level = Math.min(wanted, lists.length + 1);
    lists.length = lists[level - 1]?.nodeName.toLowerCase() === kind ? level : level - 1;
    if (lists.length < level) {
      const list = Object.assign(
        document.createElement(kind),
        kind === "ol" ? { start: Number.parseInt(words, 10) || 1 } : {},
      );
      if (lists.length) lists.at(-1).lastElementChild.append(list);
      else item.before(list);
      lists.push(list);
    }
    mark.remove();
    lists.at(-1).append(rename(item, "li"));
  }
}

function tidy(body) {
  const all = (selector) => body.querySelectorAll(selector);
  for (const one of all("a")) if (!LINK.test(one.getAttribute("href") ?? "")) unwrap(one);
  for (const one of all(`:is(h1, h2, h3, h4, h5, h6, ${BOLD}) ${BOLD}, ${ITALIC} ${ITALIC}`)) unwrap(one);
  // A list inside a list, beside its items instead of in one.
  for (const list of all(":is(ul, ol) > :is(ul, ol)")) list.previousElementSibling?.append(list);
  // Word and LibreOffice have a paragraph in each item, and empty ones for room.
  for (const one of all("li > :is(p, div):first-child")) if (!one.nextElementSibling?.matches("p, div")) unwrap(one);
  for (const one of all("p, h1, h2, h3, h4, h5, h6")) if (!one.textContent.trim()) one.remove();
  for (const one of all("strong, em, b, i, a")) if (!one.textContent.trim()) unwrap(one);
  // One word may come in several runs.
  for (const one of all("strong, b, em, i, del"))
    if (one.previousSibling?.nodeName === one.nodeName) {
      one.prepend(...one.previousSibling.childNodes);
      one.previousSibling.remove();
    }
}

function unwrap(element) {
  element.replaceWith(...element.childNodes);
}

function rename(element, name) {
  const other = document.createElement(name);
  other.append(...element.childNodes);
  element.replaceWith(other);
  return other;
}

function wrap(element, name) {
  const inner = document.createElement(name);
  inner.append(...element.childNodes);
  element.append(inner);
}

function service() {
  const made = new Turndown({
    headingStyle: "atx",
    codeBlockStyle: "fenced",
    emDelimiter: "*",
    bulletListMarker: "-",
    hr: "---",
  });
  const escaped = made.escape.bind(made);
  // What HTML shows as text stays text: a tag, an entity, two tildes.
  made.escape = (text) => escaped(text).replace(/<|&(?=#?\w+;)|~(?=~)/g, "\\$&");
  made.addRule("strikethrough", {
    filter: ["del", "s", "strike"],
    replacement: (content) => (content.trim() ? `~~${content}~~` : content),
  });
  made.addRule("script", {
    filter: ["sup", "sub"],
    replacement: (content, { nodeName }) => `<${nodeName.toLowerCase()}>${content}</${nodeName.toLowerCase()}>`,
  });
  made.addRule("item", { filter: "li", replacement: item });
  made.addRule("table", { filter: "table", replacement: table });
  made.addRule("cell", { filter: ["td", "th"], replacement: (content) => `${cellText(content)}${CELL}` });
  made.addRule("row", { filter: "tr", replacement: (content) => `${content}${ROW}` });
  made.addRule("part", { filter: ["thead", "tbody", "tfoot"], replacement: (content) => content });
  return made;
}

function item(content, node) {
  const list = node.parentNode,
    first = Number(list.getAttribute?.("start") || 1);
  const mark = list.nodeName === "OL" ? `${first + [...list.children].indexOf(node)}. ` : "- ";
  const words = content
    .trim()
    .replace(/\n+(?=(-|\d+\.) )/g, "\n")
    .replace(/\n(?=.)/g, `\n${" ".repeat(mark.length)}`);
  return `${mark}${words}${node.nextElementSibling ? "\n" : ""}`;
}

function cellText(content) {
  return content
    .trim()
    .replaceAll("|", "\\|")
    .replace(/\s*\n\s*/g, "<br>");
}

function table(content) {
  const rows = content
    .split(ROW)
    .slice(0, -1)
    .map((row) => row.split(CELL).slice(0, -1));
  const width = Math.max(0, ...rows.map((row) => row.length));
  if (!width) return "";
  const lines = rows.map((row) => `| ${[...row, ...Array(width - row.length).fill("")].join(" | ")} |`);
  return `\n\n${[lines[0], `|${" --- |".repeat(width)}`, ...lines.slice(1)].join("\n")}\n\n`;
}
