// @ts-check
/** Tags as somebody types them: between commas or behind #, of any script. */
const MAX_TAGS = 20;
const MAX_TAG = 50;

/** As the API keeps them: trimmed, single spaces, lower case, each once; `problem` says what was left out, or is "".
 * @param {string} text */
export function readTags(text) {
  const words = text
    .normalize("NFC")
    .toLowerCase()
    .split(/[,，、،#＃]/);
  const tidy = [...new Set(words.map((tag) => tag.trim().replace(/\s+/g, " ")).filter(Boolean))];
  const tags = tidy.filter((tag) => tag.length <= MAX_TAG).slice(0, MAX_TAGS);
  const problem = `At most ${MAX_TAGS} tags of ${MAX_TAG} characters; the others were left out.`;
  return { tags, problem: tags.length < tidy.length ? problem : "" };
}
