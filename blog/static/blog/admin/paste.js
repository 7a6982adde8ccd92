// What is pasted into the text: words before pictures of them, and formatted words as Markdown.

import { markdownOf } from "./html_to_markdown.js";
import { insertText } from "./text_edits.js";

// Beyond it a browser would stand still for seconds; the text is pasted without its formatting.
const MAX_HTML = 2_000_000;

// Office programs put a picture of the words beside them; a file manager puts the names of files beside the files.
export function hasText(clipboard) {
  const words = clipboard.getData("text/plain").trim();
  const names = [...clipboard.files].map((file) => file.name);
  return words !== "" && !words.split(/\s*[\r\n]+\s*/).every((line) => names.includes(line));
}

export function pasteFormatted(field, say) {
  field.addEventListener("paste", (event) => {
    const html = event.clipboardData?.getData("text/html");
    if (!html || html.length > MAX_HTML || !hasText(event.clipboardData)) return;
    const plain = event.clipboardData.getData("text/plain");
    event.preventDefault();
    const { text, pictures } = markdownOf(html);
    insertText(field, text || plain.replaceAll("\r\n", "\n"));
    say(pictures ? `Left out: ${pictures} picture${pictures === 1 ? "" : "s"}. Insert each by itself.` : "");
  });
}
