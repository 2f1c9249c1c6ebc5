/**
 * Recognition records: read strictly from what others signed, merged by union, indexed for the walk.
 *
 * The second reader of docs/reference/recognition.md beside model/recognition.py and model/recognition_records.py: the same
 * members, forms, limits and order. A record is a plain object; members that are left out are null.
 */
import { need, Refused } from "./bytes.js";
import { canonicalise } from "./evaluator.js";
import { DAY_ENDS, DAY_STARTS, isDay, readLegalDay } from "./moments.js";
import { issuerOf } from "./token.js";

export const ANY = "*";
const LONGEST = 500;
const MOST_ITEMS = 2000;
const LINE = "footproof-recognition-record/1=";
const CREDENTIALS = ["RecognizedEntityCredential", "DigitalIdentityAnchor"];
const RESTORING = ["restored", "filed"];
const FINAL = ["withdrawn", "reduced", "revoked", "deregistered"];

const URI = /^[A-Za-z][A-Za-z0-9+.-]*:[\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+$/;
const NAME = "[A-Za-z0-9][A-Za-z0-9._/-]*";
const FORMS = {
  activities: /^(?:\*|[a-z][a-z0-9-]*)$/,
  schemes: new RegExp(`^(?:\\*|${NAME}@(?:\\*|${NAME}))$`),
  categories: new RegExp(`^(?:\\*|${NAME}:(?:\\*|${NAME}))$`),
  places: new RegExp(`^(?:\\*|place:[A-Z]{2}(?:-[A-Z0-9]{1,3})?|site:${URI.source.slice(1, -1)})$`),
};
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;

// ------------------------------------------------------------------------------------------------ forms

function form(field) {
  return new Refused("E-RECOG-FORM", { field });
}

function refused(field, found) {
  return new Refused("E-RECOG-FIELD", { field, found: String(found).slice(0, 200) });
}

function text(found, path) {
  if (typeof found !== "string") throw form(path);
  return found;
}

function day(found, path) {
  if (!isDay(found)) throw form(path);
  return found;
}

const optional = (read) => (found, path) => (found === null || found === undefined ? null : read(found, path));

const several = (read) => (found, path) => {
  if (!Array.isArray(found)) throw form(path);
  return found.map((item, at) => read(item, `${path}[${at}]`));
};

/** Return what reads an object of exactly these members, and then checks it. */
const shape = (members, check) => (found, path) => {
  if (typeof found !== "object" || found === null || Array.isArray(found)) throw form(path);
  const unknown = Object.keys(found).find((name) => !Object.prototype.hasOwnProperty.call(members, name));
  if (unknown !== undefined) throw form(`${path}.${unknown}`);
  const record = {};
  for (const [name, read] of Object.entries(members)) {
    const given = Object.prototype.hasOwnProperty.call(found, name) ? found[name] : undefined;
    record[name] = read(given, `${path}.${name}`);
  }
  check(record);
  return record;
};

const bilingual = shape({ zh: text, en: text }, ({ zh, en }) => {
  need(zh.trim() !== "" && en.trim() !== "", "E-TEXT-MISSING");
});
const party = shape({ id: text, name: bilingual, address: optional(bilingual) }, () => {});
const scope = shape(
  {
    id: text,
    activities: several(text),
    schemes: several(text),
    categories: several(text),
    places: several(text),
    first: day,
    last: optional(day),
    known: day,
  },
  (one) => {
    needText("scope.id", one.id);
    for (const field of Object.keys(FORMS)) needItems(field, one[field]);
    needOrder(one);
  },
);
const change = shape(
  { kind: text, on: day, known: day, scopes: several(text), reason: optional(bilingual) },
  ({ reason }) => reason === null || needName("changes.reason", reason),
);
const STANDING = ["suspended", "restored", "withdrawn", "reduced"];
const scoped = { scopes: several(scope), changes: several(change) };
const signatory = shape({ party, ...scoped }, (one) => {
  needParty(one.party);
  needScopes(one);
});
const code = shape({ code: text, name: bilingual }, () => {});
const grant = { id: text, giver: party, holder: party, number: text, known: day, ...scoped, stated_by: text };

const KINDS = {
  accreditation: shape(grant, needGrant),
  approval: shape(grant, needGrant),
  arrangement: shape(
    {
      id: text,
      name: bilingual,
      owner: party,
      known: day,
      scopes: several(scope),
      conditions: several(bilingual),
      parties: several(signatory),
      changes: several(change),
      stated_by: text,
    },
    (one) => {
      needRecord(one, one.owner);
      needName("name", one.name);
      one.conditions.forEach((condition) => needName("conditions", condition));
      needScopes(one);
      needOnce("parties", one.parties.map((seat) => seat.party.id));
    },
  ),
  filing: shape(
    {
      id: text,
      body: party,
      authority: party,
      scheme: text,
      rule: text,
      edition: text,
      number: text,
      known: day,
      changes: several(change),
      stated_by: text,
    },
    (one) => {
      needRecord(one, one.body, one.authority);
      for (const field of ["scheme", "rule", "edition", "number"]) needText(field, one[field]);
      needChanges(one.changes, ["filed", "returned", "deregistered"], []);
    },
  ),
  key: shape(
    {
      id: text,
      body: party,
      key: text,
      thumbprint: text,
      activities: several(text),
      first: day,
      last: optional(day),
      known: day,
      changes: several(change),
      stated_by: text,
    },
    (one) => {
      needRecord(one, one.body);
      needUri("key", one.key);
      if (!THUMBPRINT.test(one.thumbprint)) throw refused("thumbprint", one.thumbprint);
      needItems("activities", one.activities);
      needOrder(one);
      needChanges(one.changes, ["revoked"], []);
    },
  ),
  scheme: shape(
    {
      id: text,
      scheme: text,
      edition: text,
      name: bilingual,
      owner: party,
      rules: several(text),
      first: day,
      last: optional(day),
      follows: optional(text),
      carried_until: optional(day),
      known: day,
      stated_by: text,
    },
    (one) => {
      needRecord(one, one.owner);
      const whole = `${one.scheme}@${one.edition}`;
      if (!FORMS.schemes.test(whole) || one.scheme === ANY || one.edition === ANY) throw refused("scheme", whole);
      if ((one.follows === null) !== (one.carried_until === null)) throw refused("carried_until", one.carried_until);
      needName("name", one.name);
      needOrder(one);
    },
  ),
  code_list: shape({ id: text, name: bilingual, separator: text, codes: several(code) }, (one) => {
    needText("code_list.id", one.id);
    if (length(one.separator) > 1) throw refused("separator", one.separator);
    needOnce("codes", one.codes.map((item) => item.code));
    for (const item of one.codes) {
      if (!FORMS.categories.test(`${one.id}:${item.code}`)) throw refused("codes", item.code);
    }
  }),
};

function length(words) {
  return [...words].length;
}

/** Refuse what would not stand on one line as it is: controls, bidi marks, endless texts. */
function needText(field, words) {
  const long = words.length > 2 * LONGEST || length(words) > LONGEST;
  if (words.trim() === "" || long || !/^(?:[^\p{C}\p{Z}]| )*$/u.test(words)) throw refused(field, words);
}

function needName(field, { zh, en }) {
  needText(`${field}.zh`, zh);
  needText(`${field}.en`, en);
}

function needUri(field, words) {
  if (words.length > LONGEST || !URI.test(words)) throw refused(field, words);
}

function needItems(field, items) {
  if (items.length === 0 || items.length > MOST_ITEMS) throw refused(field, items.length);
  for (const item of items) {
    if (item.length > LONGEST || !FORMS[field].test(item)) throw refused(field, item);
  }
}

function needOrder({ first, last }) {
  if (last !== null && last < first) throw refused("last", last);
}

function needOnce(field, names) {
  const seen = new Set();
  for (const name of names) {
    if (seen.has(name)) throw refused(field, name);
    seen.add(name);
  }
}

function needParty({ id, name, address }) {
  needUri("party.id", id);
  needName("party.name", name);
  if (address !== null) needName("party.address", address);
}

function needRecord({ id, stated_by: statedBy }, ...parties) {
  needText("id", id);
  needUri("stated_by", statedBy);
  parties.forEach(needParty);
}

function needGrant(one) {
  needRecord(one, one.giver, one.holder);
  needText("number", one.number);
  needScopes(one);
}

function needScopes({ scopes, changes }) {
  if (scopes.length === 0 || scopes.length > MOST_ITEMS) throw refused("scopes", scopes.length);
  const names = scopes.map(({ id }) => id);
  needOnce("scopes", names);
  needChanges(changes, STANDING, names);
}

function needChanges(changes, kinds, names) {
  if (changes.length > MOST_ITEMS) throw refused("changes", changes.length);
  for (const one of changes) {
    if (!kinds.includes(one.kind)) throw refused("changes.kind", one.kind);
    if (one.kind === "reduced" && one.scopes.length === 0) throw refused("changes.scopes", "[]");
    const unknown = one.scopes.find((name) => !names.includes(name));
    if (unknown !== undefined) throw refused("changes.scopes", unknown);
  }
}

/**
 * Return the record that parsed JSON states, its kind among the members.
 *
 * @throws {Refused} E-RECOG-FORM for an unknown, missing or wrong member; E-RECOG-FIELD for a wrong form; E-TEXT-MISSING
 */
export function recordFromJson(found, path = "$") {
  const kind = typeof found === "object" && found !== null && !Array.isArray(found) ? found.kind : undefined;
  if (typeof kind !== "string" || !Object.prototype.hasOwnProperty.call(KINDS, kind)) throw form(`${path}.kind`);
  const rest = Object.fromEntries(Object.entries(found).filter(([name]) => name !== "kind"));
  return { kind, ...KINDS[kind](rest, path) };
}

/** Return a record as JSON: members that are null are left out, at any depth. */
export function recordJson(value) {
  if (Array.isArray(value)) return value.map(recordJson);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(members.map(([name, item]) => [name, recordJson(item)]));
}

// ------------------------------------------------------------------------------------------------ credentials

/**
 * Return the record that a recognition credential of ours states, as the statement of whoever signed it.
 *
 * The canonical line in `description` carries the record whole. Compared with it here are type, issuer, validity and the
 * identifiers of the subjects; the other members, which only repeat it for readers of UNTP or W3C, are not.
 *
 * @param {object} credential whose signature holds, and whose key is its issuer's
 * @throws {Refused} E-RECOG-CREDENTIAL
 */
export function recordOf(credential) {
  try {
    return recordIn(credential);
  } catch (problem) {
    if (problem instanceof Refused && problem.code === "E-RECOG-CREDENTIAL") throw problem;
    // A wrong member of the record, or one of the credential that is missing or of another kind.
    throw new Refused("E-RECOG-CREDENTIAL", { reason: problem.detail?.field ?? problem.message });
  }
}

function recordIn(credential) {
  const bad = (reason) => new Refused("E-RECOG-CREDENTIAL", { reason });
  const { type, description } = credential;
  const kinds = CREDENTIALS.filter((name) => Array.isArray(type) && type.includes(name));
  if (kinds.length !== 1 || !type.includes("VerifiableCredential")) throw bad("type");
  const line = description.slice(description.indexOf("\n") + 1);
  if (!description.includes("\n") || !line.startsWith(LINE)) throw bad("description");
  const words = line.slice(LINE.length);
  const parsed = JSON.parse(words);
  const record = recordFromJson(parsed);
  if (canonicalise(parsed) !== words || canonicalise(recordJson(record)) !== words) throw bad("description");
  if (record.kind === "code_list") throw bad("kind");
  if (issuerOf(credential) !== record.stated_by) throw bad("issuer");
  const anchor = kinds[0] === "DigitalIdentityAnchor";
  if (anchor && !["accreditation", "approval"].includes(record.kind)) throw bad("kind");
  const { from, until } = validity(record);
  if (credential.validFrom !== from || (credential.validUntil ?? null) !== until) throw bad("validFrom, validUntil");
  const subjects = anchor ? [credential.credentialSubject] : credential.credentialSubject;
  const same = canonicalise(subjects.map(({ id }) => id)) === canonicalise(subjectsOf(record));
  if (!same) throw bad("credentialSubject");
  return record;
}

/** Return from when and until when a credential speaks: from the last publication in it, to the end of its longest scope. */
function validity(record) {
  const inside = [record, ...(record.parties ?? [])];
  const days = inside.flatMap(({ scopes = [], changes = [] }) => [...scopes, ...changes].map(({ known }) => known));
  const from = [record.known, ...days].sort().at(-1);
  const ends = (record.scopes ?? [{ last: null }]).map(({ last }) => last);
  const until = ends.includes(null) ? null : ends.sort().at(-1);
  return { from: `${from}${DAY_STARTS}`, until: until === null ? null : `${until}${DAY_ENDS}` };
}

function subjectsOf(record) {
  if (record.kind === "arrangement") return record.parties.map((seat) => seat.party.id);
  if (record.kind === "filing") return [record.body.id];
  if (record.kind === "key") return [record.key];
  return [record.kind === "scheme" ? record.owner.id : record.holder.id];
}

// ------------------------------------------------------------------------------------------------ sets

/** Return who alone may state a record. */
export function entitled({ kind, giver, owner, authority, body }) {
  if (kind === "filing") return authority.id;
  return (kind === "key" ? body : giver ?? owner).id;
}

/** Compare two texts by code point, as Python does; `<` compares halves of them. */
export function compareTexts(left, right) {
  const [one, other] = [[...left], [...right]];
  const at = one.findIndex((letter, index) => letter !== other[index]);
  if (at < 0) return one.length - other.length;
  return at >= other.length ? 1 : one[at].codePointAt(0) - other[at].codePointAt(0);
}

/** Return a name as two readers would compare it: no spaces, no case, one width of letters and brackets. */
export function plainName(name) {
  const letters = [...name.normalize("NFKC").replace(/[\s\x1c-\x1f\x85]+/gu, "")];
  return letters.map(folded).join("");
}

/** Return a letter without its case; by way of capitals, since ß, ẞ and SS, ς and σ are the same. */
function folded(letter) {
  if (letter === "ı") return letter; // has the capital of another letter
  return [...letter.toLowerCase().toUpperCase()].map((capital) => capital.toLowerCase()).join("");
}

/** Everything known about who recognises whom, in one order whatever the order it came in. */
export class RecordSet {
  /**
   * @param {object[]} records from `recordFromJson`
   * @throws {Refused} E-RECOG-CONFLICT where a name stands twice with contradicting content
   */
  constructor(records) {
    const merged = new Map();
    for (const one of records) {
      const name = JSON.stringify(nameOf(one));
      merged.set(name, merged.has(name) ? union(merged.get(name), one) : one);
    }
    this.records = [...merged.values()].sort((one, other) => compareNames(nameOf(one), nameOf(other)));
    const of = (kind) => this.records.filter((one) => one.kind === kind);
    const grants = [...of("accreditation"), ...of("approval")];
    this.accreditations = by(of("accreditation"), (one) => one.holder.id);
    this.approvals = by(of("approval"), (one) => one.holder.id);
    const seats = of("arrangement").flatMap((one) => one.parties.map((seat) => [one, seat]));
    this.arrangements = by(seats, ([, seat]) => seat.party.id);
    this.filings = by(of("filing"), (one) => one.rule);
    this.keys = by(of("key"), (one) => one.key);
    this.delegated = by(of("key"), (one) => one.body.id);
    this.editions = of("scheme");
    this.schemes = by(this.editions, (one) => `${one.scheme}@${one.edition}`);
    this.codeLists = new Map(of("code_list").map((one) => [one.id, one]));
    this.named = new Map();
    for (const one of grants) {
      for (const name of new Set([plainName(one.holder.name.zh), plainName(one.holder.name.en)])) {
        this.named.set(name, [...(this.named.get(name) ?? []), one]);
      }
    }
  }
}

function by(items, key) {
  const found = new Map();
  for (const item of items) {
    const group = found.get(key(item));
    if (group) group.push(item);
    else found.set(key(item), [item]);
  }
  return found;
}

function nameOf(record) {
  return [record.kind, record.kind === "code_list" ? "" : record.stated_by, record.id];
}

function compareNames(left, right) {
  return left.map((part, at) => compareTexts(part, right[at])).find((sign) => sign !== 0) ?? 0;
}

const GROWING = ["scopes", "changes", "parties"];

/** Return one record that says what both say. */
function union(left, right) {
  if (same(left, right)) return left;
  const fields = Object.keys(left).filter((field) => !GROWING.includes(field));
  const differing = fields.find((field) => !same(left[field], right[field]));
  const conflict = left.kind === "code_list" ? "codes" : differing;
  need(conflict === undefined, "E-RECOG-CONFLICT", { record: left.id, field: conflict });
  const grown = { ...left };
  if (left.changes) grown.changes = joinedChanges(left.changes, right.changes);
  if (left.scopes) grown.scopes = joinedScopes(left.id, left.scopes, right.scopes);
  if (left.parties) grown.parties = joinedParties(left.id, left.parties, right.parties);
  return grown;
}

function same(left, right) {
  return canonicalise(recordJson(left)) === canonicalise(recordJson(right));
}

function joinedChanges(left, right) {
  const found = new Map([...left, ...right].map((one) => [canonicalise(recordJson(one)), one]));
  const names = (one) => [one.on, one.known, one.kind];
  return [...found.values()].sort(
    (one, other) => compareNames(names(one), names(other)) || compareLists(one.scopes, other.scopes),
  );
}

function compareLists(left, right) {
  const signs = left.slice(0, right.length).map((item, at) => compareTexts(item, right[at]));
  return signs.find((sign) => sign !== 0) ?? left.length - right.length;
}

function joinedScopes(record, left, right) {
  const found = new Map(left.map((one) => [one.id, one]));
  for (const one of right) {
    if (!found.has(one.id)) found.set(one.id, one);
    need(same(found.get(one.id), one), "E-RECOG-CONFLICT", { record, field: `scopes.${one.id}` });
  }
  return [...found.values()].sort((one, other) => compareTexts(one.id, other.id));
}

function joinedParties(record, left, right) {
  const found = new Map(left.map((seat) => [seat.party.id, seat]));
  for (const seat of right) {
    const known = found.get(seat.party.id) ?? seat;
    need(same(known.party, seat.party), "E-RECOG-CONFLICT", { record, field: `parties.${seat.party.id}` });
    found.set(seat.party.id, {
      party: seat.party,
      scopes: joinedScopes(record, known.scopes, seat.scopes),
      changes: joinedChanges(known.changes, seat.changes),
    });
  }
  return [...found.values()].sort((one, other) => compareTexts(one.party.id, other.party.id));
}

// ------------------------------------------------------------------------------------------------ events of a log

const NEW = ["granted", "recorded", "submitted", "delegated", "published"];
const LOGGED = ["accreditation", "approval", "arrangement", "filing", "key", "scheme"];

/** Return the kind of record that an event of a log concerns, or null where it concerns none. */
export function isAboutRecognition(event) {
  const type = typeof event === "object" && event !== null ? event.type : undefined;
  const kind = typeof type === "string" ? type.split(".")[0] : "";
  return LOGGED.includes(kind) ? kind : null;
}

/**
 * Return the records that events of a log amount to, in their order, and the codes of those that were refused: they have no
 * effect. As recognise/sources.py.
 *
 * @param {{event: object, object: object, sound: boolean}[]} items whether the object has the digest that the event names
 */
export function recordsOfEvents(items) {
  const [found, refused] = [new Map(), []];
  for (const { event, object, sound } of items) {
    const kind = isAboutRecognition(event);
    if (kind === null) continue;
    try {
      const about = { kind, verb: event.type.slice(kind.length + 1), actor: event.actor, day: dayOf(event) };
      need(sound, "E-RECOG-EVENT");
      const record = NEW.includes(about.verb) ? begun(object, about, found) : grown(object, about, found);
      found.set(JSON.stringify(nameOf(record)), record);
    } catch (problem) {
      if (!(problem instanceof Refused) && !(problem instanceof TypeError)) throw problem;
      refused.push(problem.code ?? "E-RECOG-EVENT"); // an object without the members it needs
    }
  }
  return { records: [...found.values()], refused };
}

function dayOf({ at, actor }) {
  const day = readLegalDay(at);
  need(day !== null && typeof actor === "string", "E-RECOG-EVENT");
  return day;
}

function begun(object, { kind, actor, day }, found) {
  const record = recordFromJson(object);
  need(record.kind === kind, "E-RECOG-EVENT");
  need(record.stated_by === actor, "E-RECOG-ACTOR");
  refuseBackdated(object, day);
  const known = found.get(JSON.stringify(nameOf(record)));
  return known === undefined ? record : union(known, record);
}

/** Return a record with one more scope or change, which only its stater may add. */
function grown(object, { kind, verb, actor, day }, found) {
  need(Object.keys(object).every((name) => ["record", "part", "party"].includes(name)), "E-RECOG-EVENT");
  const { record: id, part, party: seat } = object;
  const known = found.get(JSON.stringify([kind, actor, id]));
  if (known === undefined) {
    const stated = [...found.values()].some((one) => one.kind === kind && one.id === id);
    throw new Refused(stated ? "E-RECOG-ACTOR" : "E-RECOG-EVENT");
  }
  refuseBackdated(part, day);
  const member = verb === "widened" ? "scopes" : "changes";
  if (member === "scopes") scope(part, "part");
  else need(change(part, "part").kind === verb, "E-RECOG-EVENT");
  const whole = recordJson(known);
  const holder = seat === undefined || seat === null ? whole : whole.parties.find((one) => one.party.id === seat);
  need(holder !== undefined, "E-RECOG-EVENT");
  holder[member] = [...(holder[member] ?? []), part];
  return recordFromJson(whole);
}

/** Refuse any `known` before the day of the event, at whatever depth. */
function refuseBackdated(item, day) {
  if (typeof item !== "object" || item === null) return;
  const { known } = item;
  need(Array.isArray(item) || typeof known !== "string" || known >= day, "E-RECOG-BACKDATED");
  Object.values(item).forEach((one) => refuseBackdated(one, day));
}

// ------------------------------------------------------------------------------------------------ the rule of days

/** Return the last change that decides the state on a day, as known on another; null where nothing has changed. */
export function stateOn(changes, day, knownOn, name = "") {
  const told = changes.filter(
    (one) => one.on <= day && one.known <= knownOn && (one.scopes.length === 0 || one.scopes.includes(name)),
  );
  const inOrder = [...told].sort(
    (one, other) => compareTexts(one.on, other.on) || compareTexts(one.known, other.known) || hardness(one) - hardness(other),
  );
  let state = null;
  for (const one of new Map(inOrder.map((each) => [each.on, each])).values()) {
    if (state === null || !FINAL.includes(state.kind)) state = one;
  }
  return state;
}

function hardness({ kind }) {
  if (RESTORING.includes(kind)) return 0;
  return FINAL.includes(kind) ? 2 : 1;
}

/** Return whether a state leaves the thing in force; no change at all does. */
export function inForce(state) {
  return state === null || RESTORING.includes(state.kind);
}
