/**
 * The chain in sentences of one language, as recognise/words.py makes them, from the same records of texts.
 *
 * `say(key, values)` is the page's own: a text by its name, its braces filled.
 */
import { brokenEdges, findingOf, toldChain } from "./recognise.js";

const MOST_ITEMS = 12;
const BETWEEN_ITEMS = { zh: "、", en: ", " };
// Records leave a space around names, for Latin ones; between Chinese characters it has no place.
const CHINESE = "[\\u3000-\\u303f\\u3400-\\u9fff\\uff00-\\uffef]";
const BETWEEN = new RegExp(`(${CHINESE}) (?=${CHINESE})`, "g");

/**
 * Return the finding in one sentence, then one for each further broken edge.
 *
 * @param {object} both from `walkBoth`
 * @param {string} lang "zh" or "en"
 * @param {function(string, object): string} say
 */
export function explain(both, lang, say) {
  const edges = brokenEdges(toldChain(both) ?? { edges: [] });
  const words = edges.map((edge) => sentence(edge, lang, say));
  const values = { issued: both.issue.at, now: both.now.at, what: words[0] ?? "" };
  const further = words.slice(1).map((what) => say("recognise.finding.further", { what }));
  return [say(`recognise.finding.${findingOf(both)}`, values), ...further];
}

/** Return why an edge is broken; empty where it is not. */
export function sentence(edge, lang, say) {
  return edge.code === null ? "" : close(say(`error.${edge.code}.message`, valuesOf(edge, lang, say)));
}

/** Return what to do about a broken edge; empty where it is not broken. */
export function remedy(edge, lang, say) {
  return edge.code === null ? "" : close(say(`error.${edge.code}.try`, valuesOf(edge, lang, say)));
}

function close(text) {
  return text.replace(BETWEEN, "$1");
}

function valuesOf({ values }, lang, say) {
  const found = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, said(value, lang, say)]));
  if (values.what && values.giver) found.subject = say(`recognise.subject.${values.what.word}`, found);
  return found;
}

/** Return a value of an edge in words. */
export function said(value, lang, say) {
  if (value === null) return say("recognise.word.open");
  if (Array.isArray(value)) {
    const items = value.slice(0, MOST_ITEMS).map((item) => said(item, lang, say));
    if (value.length > MOST_ITEMS) items.push(say("recognise.word.more", { count: value.length }));
    return items.length > 0 ? items.join(BETWEEN_ITEMS[lang]) : say("recognise.word.none");
  }
  if (typeof value === "object") return value.word === undefined ? value[lang] : say(`recognise.word.${value.word}`);
  return String(value);
}
