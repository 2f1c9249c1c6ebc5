/**
 * Whether scopes cover a case on a day, as known on a day; and if not, the nearest miss. As recognise/cover.py.
 */
import { dayAfter, daysBetween } from "./moments.js";
import { ANY, entitled, inForce, stateOn } from "./records.js";

// From the mildest miss to the worst: of several scopes that miss in one point each, the mildest is told.
const CAUSES = ["suspended", "early", "late", "reduced", "withdrawn", "category", "site", "edition", "scheme", "activity"];
const CODES = {
  suspended: "E-RECOG-SUSPENDED",
  early: "E-RECOG-EARLY",
  late: "E-RECOG-LATE",
  reduced: "E-RECOG-REDUCED",
  withdrawn: "E-RECOG-WITHDRAWN",
  category: "E-RECOG-CATEGORY",
  site: "E-RECOG-SITE",
  edition: "E-RECOG-EDITION",
  scheme: "E-RECOG-SCHEME",
  activity: "E-RECOG-ACTIVITY",
};
const DIMENSIONS = ["activities", "schemes", "categories", "places"];
const ACTIVITIES = ["product-certification", "system-certification", "verification", "validation", "testing"];

/** Return a question with, for each of the four dimensions, every pattern that covers it. */
export function caseOf(question, records, roots, at, knownOn) {
  const { country, site, scheme, activity } = question;
  return {
    question,
    records,
    roots,
    at,
    knownOn,
    activities: new Set([ANY, activity]),
    schemes: new Set([ANY, `${scheme}@${ANY}`, ...editions(question, records, roots, knownOn)]),
    categories: new Set(categories(question.category, records)),
    places: new Set([ANY, `site:${site}`, `place:${country}`, `place:${country.split("-")[0]}`]),
  };
}

/** Return whether a scheme edition was published by then, by its owner, whom the asker trusts. */
function trusted(one, knownOn, roots) {
  return one.known <= knownOn && one.stated_by === entitled(one) && roots.scheme_owners.has(one.owner.id);
}

/** Return the edition, and the one before it while scopes for that one are carried over to the day of issue. */
function editions({ scheme, edition, issued }, records, roots, knownOn) {
  const found = [`${scheme}@${edition}`];
  for (const one of records.schemes.get(`${scheme}@${edition}`) ?? []) {
    const carried = one.carried_until !== null && issued <= one.carried_until;
    if (carried && trusted(one, knownOn, roots)) found.push(`${scheme}@${one.follows}`);
  }
  return found;
}

/** Return a category and everything above it; a prefix counts only where the code list has it as a code. */
function categories(category, { codeLists }) {
  const [name, code] = split(category);
  const listed = codeLists.get(name);
  if (listed === undefined) return [ANY, category, `${name}:${ANY}`];
  const codes = new Set(listed.codes.map((one) => one.code));
  // A code outside the list: only the very same text covers it.
  if (!codes.has(code)) return [ANY, category];
  const found = [ANY, category, `${name}:${ANY}`];
  for (let end = 1; end < code.length; end += 1) {
    const prefix = code.slice(0, end);
    if ((listed.separator === "" || code[end] === listed.separator) && codes.has(prefix)) found.push(`${name}:${prefix}`);
  }
  return found;
}

function split(category) {
  const cut = category.indexOf(":");
  return cut < 0 ? [category, ""] : [category.slice(0, cut), category.slice(cut + 1)];
}

function covers(scope, asked, dimension) {
  return scope[dimension].some((pattern) => asked[dimension].has(pattern));
}

/** Return whether a scope that covers the case is in force. */
export function isCovered({ scopes, changes }, asked) {
  const { at, knownOn } = asked;
  return scopes.some(
    (scope) =>
      scope.first <= at &&
      (scope.last === null || at <= scope.last) &&
      scope.known <= knownOn &&
      DIMENSIONS.every((dimension) => covers(scope, asked, dimension)) &&
      inForce(stateOn(changes, at, knownOn, scope.id)),
  );
}

/**
 * Return the nearest miss of scopes that do not cover the case: how far off, the code, and what the wording needs.
 *
 * @param {{scopes: object[], changes: object[]}} record or signatory
 * @param {object} asked from `caseOf`
 * @param {object} values what the wording needs of the record
 * @returns {{rank: number[], code: string, values: object}}
 */
export function scopeFault(record, asked, values) {
  const misses = record.scopes.filter(({ known }) => known <= asked.knownOn).map((scope) => missOf(scope, record.changes, asked));
  const miss = nearest(misses);
  if (miss === null) {
    return { rank: [0, 99], code: "E-RECOG-NO-SCOPE", values: { ...values, day: asked.at, known_on: asked.knownOn } };
  }
  const told = { ...values, day: asked.at, ...missValues(miss, record.scopes, asked) };
  const rank = [0, ...miss.rank];
  const carried = miss.cause === "edition" ? carriedUntil(miss.scope, asked) : null;
  if (carried !== null) {
    return { rank, code: "E-RECOG-TRANSITION", values: { ...told, last: carried, issued: asked.question.issued } };
  }
  const still = miss.cause === "suspended" && miss.until === null;
  return { rank, code: still ? "E-RECOG-SUSPENDED-STILL" : CODES[miss.cause], values: told };
}

/** Return the item of the least rank, the first of equals; null where there is none. */
export function nearest(items) {
  return items.reduce((one, other) => (one !== null && compareRanks(one.rank, other.rank) <= 0 ? one : other), null);
}

function compareRanks(left, right) {
  const at = left.findIndex((part, index) => part !== right[index]);
  if (at < 0) return left.length - right.length;
  return at >= right.length ? 1 : left[at] - right[at];
}

function missOf(scope, changes, asked) {
  const { at, knownOn } = asked;
  const causes = uncovered(scope, asked);
  let away = 0;
  if (at < scope.first) {
    causes.push("early");
    away = daysBetween(at, scope.first);
  } else if (scope.last !== null && at > scope.last) {
    causes.push("late");
    away = daysBetween(scope.last, at);
  }
  const state = stateOn(changes, at, knownOn, scope.id);
  const change = inForce(state) ? null : state;
  let until = null;
  if (change !== null) {
    causes.push(change.kind);
    if (change.kind === "suspended") until = endedOn(changes, change, knownOn, scope.id);
  }
  const rank = Math.max(...causes.map((cause) => CAUSES.indexOf(cause)));
  return { cause: CAUSES[rank], rank: [causes.length, rank, away], scope, change, until };
}

/** Return the last day of a suspension, as known on a day; null where no end is known. */
function endedOn(changes, state, knownOn, name) {
  const later = changes.filter((one) => one.on > state.on && one.known <= knownOn).map(({ on }) => on);
  const end = [...new Set(later)].sort().find((day) => inForce(stateOn(changes, day, knownOn, name)));
  return end === undefined ? null : dayAfter(end, -1);
}

function uncovered(scope, asked) {
  const causes = [];
  if (!covers(scope, asked, "activities")) causes.push("activity");
  if (!covers(scope, asked, "schemes")) {
    // An edition that was not carried over still belongs to the same scheme.
    const related = scope.schemes.some((one) => one.split("@")[0] === asked.question.scheme);
    causes.push(related ? "edition" : "scheme");
  }
  if (!covers(scope, asked, "categories")) causes.push("category");
  if (!covers(scope, asked, "places")) causes.push("site");
  return causes;
}

/** Return the last day on which a scope for the edition before counted for the one asked about. */
function carriedUntil(scope, { question, records, roots, knownOn }) {
  const { scheme, edition } = question;
  const found = (records.schemes.get(`${scheme}@${edition}`) ?? []).find(
    (one) => trusted(one, knownOn, roots) && scope.schemes.includes(`${scheme}@${one.follows}`),
  );
  return found === undefined ? null : found.carried_until;
}

function missValues({ cause, change, until, scope }, scopes, asked) {
  const { question, records } = asked;
  if (change !== null) {
    return { since: change.on, until, known: change.known, reason: change.reason ?? word("no-reason") };
  }
  if (cause === "early" || cause === "late") return { first: scope.first, last: scope.last };
  const [dimension, found, show] = {
    category: ["categories", shownCategory(question.category, records), (one) => shownCategory(one, records)],
    site: ["places", inBrackets({ zh: question.site, en: question.site }, question.country), shown],
    edition: ["schemes", `${question.scheme}@${question.edition}`, shown],
    scheme: ["schemes", `${question.scheme}@${question.edition}`, shown],
    activity: ["activities", shownActivity(question.activity), shownActivity],
  }[cause];
  return { found, held: held(scopes, asked, dimension).map(show) };
}

/** Return what the scopes in time hold in one dimension, for the words. */
function held(scopes, { at, knownOn }, dimension) {
  const known = scopes.filter((scope) => scope.known <= knownOn);
  const timely = known.filter(({ first, last }) => first <= at && (last === null || at <= last));
  return [...new Set((timely.length > 0 ? timely : known).flatMap((scope) => scope[dimension]))];
}

/** Return a word of the catalogue, in whichever language the sentence is read. */
export function word(key) {
  return { word: key };
}

/** Return a category with its name in the code list, where the list has one. */
export function shownCategory(pattern, { codeLists }) {
  const [name, code] = split(pattern);
  const listed = codeLists.get(name);
  if (listed === undefined || pattern === ANY) return shown(pattern);
  const title = code === ANY ? listed.name : listed.codes.find((one) => one.code === code)?.name;
  return title === undefined ? pattern : inBrackets(title, pattern);
}

/** Return an activity in words where we have them, else as it is written. */
export function shownActivity(activity) {
  return ACTIVITIES.includes(activity) ? word(`activity.${activity}`) : shown(activity);
}

/** Return a pattern without the kind it is of. */
export function shown(pattern) {
  return pattern === ANY ? word("any") : pattern.replace(/^place:/, "").replace(/^site:/, "");
}

function inBrackets({ zh, en }, note) {
  return { zh: `${zh}（${note}）`, en: `${en} (${note})` };
}
