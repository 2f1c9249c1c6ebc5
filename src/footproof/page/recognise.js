/**
 * The chain from a certificate to an arrangement, walked a second time: key, body, approval, accreditation, accreditation
 * body, arrangement, rule; each edge sound, or broken for a named cause.
 *
 * Follows docs/reference/recognition.md and agrees with recognise/ in Python edge by edge, code by code and value by value; the
 * tests compare the two over every planted case and over mutations. Pure: no clock, no network, no words.
 */
import { caseOf, isCovered, nearest, scopeFault, shownActivity, word } from "./cover.js";
import { need } from "./bytes.js";
import { ANY, compareTexts, entitled, inForce, plainName, stateOn } from "./records.js";

const MOST_LEVELS = 4;
const ROOTS = ["authorities", "accreditation_bodies", "arrangement_owners", "scheme_owners"];
const FLAGS = ["needs_approval", "needs_arrangement"];

/**
 * Return whom the asker trusts.
 *
 * @param {object} found lists of identifiers and two truth values, all members present
 * @throws {Refused} E-RECOG-FORM
 */
export function readRoots(found) {
  const names = Object.keys(found ?? {}).sort().join();
  need(names === [...ROOTS, ...FLAGS].sort().join(), "E-RECOG-FORM", { field: "roots" });
  const texts = (items) => Array.isArray(items) && items.every((item) => typeof item === "string");
  need(ROOTS.every((name) => texts(found[name])), "E-RECOG-FORM", { field: "roots" });
  need(FLAGS.every((name) => typeof found[name] === "boolean"), "E-RECOG-FORM", { field: "roots" });
  return { ...found, ...Object.fromEntries(ROOTS.map((name) => [name, new Set(found[name])])) };
}

/**
 * Return every edge of the chain as of a day, as known on another.
 *
 * @param {object} question the facts of a certificate, as recognise/question.py names them
 * @param {RecordSet} records what is known
 * @param {object} roots from `readRoots`
 * @returns {{at: string, knownOn: string, edges: object[]}}
 */
export function walk(question, records, roots, at, knownOn) {
  const asked = caseOf(question, records, roots, at, knownOn);
  const approval = approvalEdge(asked);
  const upper = accreditationEdges(asked);
  const grants = upper.every(({ verdict }) => verdict !== "broken") ? [approval, upper[0]] : [approval];
  const restsOn = grants.filter(({ verdict }) => verdict === "ok").map(({ record }) => record);
  return { at, knownOn, edges: [keyEdge(asked), bodyEdge(asked, restsOn), approval, ...upper, ruleEdge(asked)] };
}

/** Return the chain as of the day of issue, as known then and as known now, and as of now. */
export function walkBoth(question, records, roots, now) {
  const { issued } = question;
  return {
    issue: walk(question, records, roots, issued, issued),
    hindsight: walk(question, records, roots, issued, now),
    now: walk(question, records, roots, now, now),
  };
}

/** Return the broken edges of a chain; the first is the headline. */
export function brokenEdges({ edges }) {
  return edges.filter(({ verdict }) => verdict === "broken");
}

/** Return what the three chains say together; only "sound" and "known-later" may be relied on. */
export function findingOf({ issue, hindsight, now }) {
  const sound = (chain) => brokenEdges(chain).length === 0;
  if (!sound(hindsight)) return sound(issue) ? "broken-in-hindsight" : "broken-at-issue";
  if (!sound(now)) return "broken-since";
  return sound(issue) ? "sound" : "known-later";
}

/** Return the chain whose broken edges are told, or null where none is broken. */
export function toldChain({ issue, hindsight, now }) {
  return [hindsight, now, issue].find((chain) => brokenEdges(chain).length > 0) ?? null;
}

function ok(name, record) {
  return { name, verdict: "ok", record, code: null, values: {} };
}

function broken(name, record, code, values) {
  return { name, verdict: "broken", record, code, values };
}

function idle(name, verdict) {
  return { name, verdict, record: null, code: null, values: {} };
}

/** Return the edge that tells the nearest of some faults, each with the record it is about. */
function brokenBy(name, faults) {
  const { record, code, values } = nearest(faults);
  return broken(name, record, code, values);
}

// ------------------------------------------------------------------------------------------------ key and body

function keyEdge(asked) {
  const { question, records, knownOn } = asked;
  const { key, body } = question;
  if (key.split("#")[0] !== body.id) return broken("key", null, "E-RECOG-KEY-OTHER", { key, body: body.id });
  const known = (records.keys.get(key) ?? []).filter((one) => one.known <= knownOn && one.body.id === body.id);
  const judged = known.map((one) => ({ record: one, ...keyFault(one, question, knownOn) }));
  const sound = judged.find(({ code }) => code === undefined);
  if (sound) return ok("key", sound.record);
  if (judged.length > 0) return brokenBy("key", judged);
  const others = (records.delegated.get(body.id) ?? []).filter((one) => one.known <= knownOn && one.key !== key);
  return broken("key", null, "E-RECOG-KEY-NONE", { key, body: body.name, held: others.map((one) => one.key) });
}

/** Return why a delegation of the key's name does not serve, the most basic first; null where it does. */
function keyFault(one, { issued, thumbprint, activity }, knownOn) {
  const values = { key: one.key, body: one.body.name, day: issued, first: one.first, last: one.last };
  if (one.stated_by !== entitled(one)) return statedByFault(6, one, "key");
  if (one.thumbprint !== thumbprint) {
    return fault(5, "E-RECOG-KEY-THUMBPRINT", { ...values, found: thumbprint, needed: one.thumbprint });
  }
  const state = stateOn(one.changes, issued, knownOn);
  if (!inForce(state)) return fault(1, "E-RECOG-KEY-REVOKED", { ...values, since: state.on, known: state.known });
  if (issued < one.first) return fault(2, "E-RECOG-KEY-EARLY", values);
  if (one.last !== null && issued > one.last) return fault(3, "E-RECOG-KEY-LATE", values);
  if (one.activities.includes(activity) || one.activities.includes(ANY)) return null;
  const told = { found: shownActivity(activity), held: one.activities.map(shownActivity) };
  return fault(4, "E-RECOG-KEY-ACTIVITY", { ...values, ...told });
}

function fault(rank, code, values) {
  return { rank: [rank], code, values };
}

function statedByFault(rank, one, what) {
  return fault(rank, "E-RECOG-STATED-BY", { what: word(what), number: one.id, found: one.stated_by, needed: entitled(one) });
}

/** A register that nobody trusts could lend the body any name; hence the grants that the chain rests on decide. */
function bodyEdge({ question: { body }, records, knownOn }, restsOn) {
  const other = restsOn.find((one) => !sameName(one.holder.name, body.name));
  if (other) return misnamed(other, body);
  if (restsOn.length > 0) return ok("body", restsOn[0]);
  const grants = [...(records.approvals.get(body.id) ?? []), ...(records.accreditations.get(body.id) ?? [])];
  const own = grants.filter((one) => one.known <= knownOn && one.stated_by === entitled(one));
  if (own.length > 0) {
    const right = own.find((one) => sameName(one.holder.name, body.name));
    return right ? ok("body", right) : misnamed(own[0], body);
  }
  const alike = [body.name.zh, body.name.en].flatMap((name) => records.named.get(plainName(name)) ?? []);
  const namesakes = alike.filter((one) => one.known <= knownOn && one.holder.id !== body.id);
  const others = sortedOnce(namesakes.map((one) => one.holder.id));
  const code = others.length > 0 ? "E-RECOG-BODY-NAMESAKE" : "E-RECOG-BODY-NONE";
  return broken("body", null, code, { body: body.name, id: body.id, others });
}

function misnamed(one, body) {
  const whole = ({ zh, en }) => `${zh} / ${en}`;
  const values = { id: body.id, found: whole(body.name), needed: whole(one.holder.name) };
  return broken("body", one, "E-RECOG-BODY-NAME", values);
}

function sameName(left, right) {
  return plainName(left.zh) === plainName(right.zh) && plainName(left.en) === plainName(right.en);
}

function sortedOnce(texts) {
  return [...new Set(texts)].sort(compareTexts);
}

// ------------------------------------------------------------------------------------------------ grants

function approvalEdge(asked) {
  const { question, records, roots } = asked;
  if (!roots.needs_approval) return idle("approval", "not-needed");
  const judged = judgeGrants(records.approvals.get(question.body.id) ?? [], asked);
  const sound = judged.find(({ record, code }) => code === undefined && roots.authorities.has(record.giver.id));
  if (sound) return ok("approval", sound.record);
  const faults = judged.map((one) => (one.code === undefined ? { ...one, ...untrusted(one.record) } : one));
  return brokenGrant("approval", faults, asked);
}

function untrusted(one) {
  return fault(1, "E-RECOG-UNTRUSTED", { ...grantValues(one), id: one.giver.id });
}

/** Return each grant that was published by then, with why it does not cover the case, where it does not. */
function judgeGrants(grants, asked) {
  return grants.filter((one) => one.known <= asked.knownOn).map((one) => ({ record: one, ...grantFault(one, asked) }));
}

function grantFault(one, asked) {
  if (one.stated_by !== entitled(one)) {
    return one.stated_by === one.holder.id
      ? fault(2, "E-RECOG-SELF-STATED", grantValues(one))
      : statedByFault(2, one, one.kind);
  }
  return isCovered(one, asked) ? null : scopeFault(one, asked, grantValues(one));
}

/** Return the broken edge that tells the nearest of several grants that do not cover the case. */
function brokenGrant(name, judged, asked) {
  const faults = judged.filter(({ code }) => code !== undefined);
  if (faults.length > 0) return brokenBy(name, faults);
  const missing = { what: word(name), holder: asked.question.body.name, day: asked.at };
  return broken(name, null, "E-RECOG-NONE", missing);
}

function grantValues(one) {
  return { what: word(one.kind), giver: one.giver.name, holder: one.holder.name, number: one.number };
}

// ------------------------------------------------------------------------------------------------ accreditation

/** Return the edges of accreditation, accreditation body and arrangement; of several ways up, the soundest. */
function accreditationEdges(asked) {
  const { question, records, roots, knownOn } = asked;
  if (!question.accredited) {
    // Nothing is asked of the edges above, unless nothing at all would then speak for the body.
    const first = roots.needs_approval
      ? idle("accreditation", "not-needed")
      : broken("accreditation", null, "E-RECOG-NOTHING", { body: question.body.name });
    return [first, idle("accreditation-body", "not-needed"), idle("arrangement", "not-needed")];
  }
  const all = (records.accreditations.get(question.body.id) ?? []).filter((one) => one.known <= knownOn);
  const number = question.accreditation_number ?? null;
  const grants = number === null ? all : all.filter((one) => one.number === number);
  const unreached = [idle("accreditation-body", "not-reached"), idle("arrangement", "not-reached")];
  if (all.length > 0 && grants.length === 0) {
    const values = { holder: question.body.name, found: number, held: all.map((one) => one.number) };
    return [broken("accreditation", null, "E-RECOG-NUMBER", values), ...unreached];
  }
  const judged = judgeGrants(grants, asked);
  const covering = judged.filter(({ code }) => code === undefined).map(({ record }) => record);
  const ways = covering.map((one) => [ok("accreditation", one), ...above(one, asked)]);
  const sound = ways.find((edges) => edges.every(({ verdict }) => verdict !== "broken"));
  if (ways.length > 0) return sound ?? ways[0];
  const edge = brokenGrant("accreditation", judged, asked);
  return [edge, ...(edge.record === null ? unreached : above(edge.record, asked))];
}

function above(one, asked) {
  const { records, roots } = asked;
  const { giver, holder } = one;
  const values = { giver: giver.name, id: giver.id, holder: holder.name };
  const unreached = idle("arrangement", "not-reached");
  if (giver.id === holder.id) {
    return [broken("accreditation-body", one, "E-RECOG-SELF-ACCREDITED", values), unreached];
  }
  const seated = (records.arrangements.get(giver.id) ?? []).some((seat) => isKnown(seat, asked));
  const direct = roots.accreditation_bodies.has(giver.id);
  if (!direct && !seated) {
    const others = namesakes(one, asked);
    const code = others.length > 0 ? "E-RECOG-ACCREDITOR-NAMESAKE" : "E-RECOG-ACCREDITOR";
    return [broken("accreditation-body", one, code, { ...values, others }), unreached];
  }
  const edge = ok("accreditation-body", one);
  return [edge, direct && !roots.needs_arrangement ? idle("arrangement", "not-needed") : climb(one, asked)];
}

function isKnown([arrangement, seat], { knownOn }) {
  return arrangement.known <= knownOn && seat.scopes.some(({ known }) => known <= knownOn);
}

/** Return the identifiers of signatories that bear the giver's name; told only where the giver is unknown. */
function namesakes(one, asked) {
  const name = plainName(one.giver.name.zh);
  const seats = [...asked.records.arrangements.values()].flat();
  const alike = seats.filter((each) => isKnown(each, asked) && plainName(each[1].party.name.zh) === name);
  return sortedOnce(alike.map(([, seat]) => seat.party.id));
}

// ------------------------------------------------------------------------------------------------ arrangement

/** Return the arrangement edge: ok where some way leads from the giver to a trusted owner. */
function climb({ giver }, asked) {
  const faults = [];
  const first = wayUp(giver.id, asked, faults);
  if (first !== null) return ok("arrangement", first);
  if (faults.length > 0) return brokenBy("arrangement", faults);
  return broken("arrangement", null, "E-RECOG-ARRANGEMENT-NONE", { giver: giver.name, id: giver.id });
}

/**
 * Return the first arrangement of the shortest sound way up, or null; collect what bars the others.
 *
 * Level by level, each party once: whoever invents arrangements without number costs one look at each, no more.
 */
function wayUp(party, asked, faults) {
  const seen = new Set([party]);
  let level = [{ party, path: [party], first: null, via: null }];
  while (level.length > 0) {
    const upper = [];
    for (const step of level) {
      for (const found of nextSteps(step, asked)) {
        if (found.end) return found.end;
        if (found.code) {
          faults.push(found);
        } else if (!seen.has(found.party)) {
          seen.add(found.party);
          upper.push(found);
        } else {
          faults.push(circle(found.via, found.path));
        }
      }
    }
    level = upper;
  }
  return null;
}

function circle(arrangement, path) {
  return { record: arrangement, ...fault(5, "E-RECOG-CYCLE", { ...arrangementValues(arrangement), path }) };
}

/** Yield, for each arrangement of a party, the way's end at a trusted owner, the owner to ask next, or a fault. */
function* nextSteps({ party, path, first, via }, asked) {
  const seats = (asked.records.arrangements.get(party) ?? []).filter((seat) => isKnown(seat, asked));
  if (seats.length === 0 && via !== null) {
    yield { record: via, ...fault(3, "E-RECOG-OWNER", { ...arrangementValues(via), id: party }) };
  }
  for (const [arrangement, seat] of seats) {
    const barred = seatFault(arrangement, seat, asked);
    const owner = arrangement.owner.id;
    const longer = [...path, owner];
    if (barred !== null) {
      yield { record: arrangement, ...barred };
    } else if (asked.roots.arrangement_owners.has(owner)) {
      yield { end: first ?? arrangement };
    } else if (path.includes(owner)) {
      yield circle(arrangement, longer);
    } else if (path.length >= MOST_LEVELS) {
      const values = { ...arrangementValues(arrangement), limit: MOST_LEVELS, path: longer };
      yield { record: arrangement, ...fault(4, "E-RECOG-LONG", values) };
    } else {
      yield { party: owner, path: longer, first: first ?? arrangement, via: arrangement };
    }
  }
}

function seatFault(arrangement, seat, asked) {
  if (arrangement.stated_by !== entitled(arrangement)) return statedByFault(6, arrangement, "arrangement");
  const values = arrangementValues(arrangement);
  if (!isCovered(arrangement, asked)) {
    const whole = { what: word("arrangement"), giver: arrangement.owner.name, holder: arrangement.name };
    return scopeFault(arrangement, asked, { ...values, ...whole });
  }
  if (isCovered(seat, asked)) return null;
  const place = { what: word("membership"), giver: arrangement.name, holder: seat.party.name };
  return scopeFault(seat, asked, { ...values, ...place });
}

function arrangementValues({ name, owner, id }) {
  return { arrangement: name, owner: owner.name, number: id };
}

// ------------------------------------------------------------------------------------------------ rule

/** The scheme edition was open on the day of issue, and the rule is the scheme's own or filed. */
function ruleEdge(asked) {
  const { question, records, knownOn } = asked;
  const { scheme, edition } = question;
  const known = (records.schemes.get(`${scheme}@${edition}`) ?? []).filter((one) => one.known <= knownOn);
  const judged = known.map((one) => ({ record: one, ...schemeFault(one, asked) }));
  const open = judged.find(({ code }) => code === undefined);
  if (open) return ruleOf(open.record, asked);
  if (judged.length > 0) return brokenBy("rule", judged);
  const others = records.editions.filter((one) => one.scheme === scheme && one.known <= knownOn);
  const values = { scheme, found: edition, held: sortedOnce(others.map((one) => one.edition)) };
  return broken("rule", null, "E-RECOG-SCHEME-NONE", values);
}

function schemeFault(one, { question: { issued }, roots }) {
  const values = { scheme: one.name, edition: one.edition, day: issued, first: one.first, last: one.last };
  if (one.stated_by !== entitled(one)) return statedByFault(9, one, "scheme");
  if (!roots.scheme_owners.has(one.owner.id)) {
    return fault(8, "E-RECOG-SCHEME-OWNER", { ...values, owner: one.owner.name, id: one.owner.id });
  }
  if (issued < one.first) return fault(1, "E-RECOG-SCHEME-EARLY", values);
  return one.last !== null && issued > one.last ? fault(2, "E-RECOG-SCHEME-LATE", values) : null;
}

function ruleOf(scheme, asked) {
  const { question, records, at, knownOn } = asked;
  const { rule, rule_edition: edition, body, national } = question;
  if (scheme.rules.includes(edition)) return ok("rule", scheme);
  const values = { rule, edition, scheme: scheme.name, body: body.name, day: at };
  if (national) return broken("rule", scheme, "E-RECOG-NOT-NATIONAL", values);
  const known = (records.filings.get(rule) ?? []).filter((one) => one.known <= knownOn);
  const judged = known.map((one) => ({ record: one, ...filingFault(one, asked, values) }));
  const filed = judged.find(({ code }) => code === undefined);
  if (filed) return ok("rule", filed.record);
  return judged.length > 0 ? brokenBy("rule", judged) : broken("rule", null, "E-RECOG-FILING-NONE", values);
}

const FILING_STATES = { returned: "E-RECOG-FILING-RETURNED", deregistered: "E-RECOG-DEREGISTERED" };

/** Return why a filing of the same rule does not serve, the most basic first; null where it does. */
function filingFault(one, { question, roots, at, knownOn }, values) {
  const about = { ...values, number: one.number, authority: one.authority.name };
  if (one.body.id !== question.body.id) return fault(6, "E-RECOG-FILING-BODY", { ...about, other: one.body.name });
  if (one.scheme !== question.scheme) {
    return fault(5, "E-RECOG-FILING-SCHEME", { ...about, found: question.scheme, needed: one.scheme });
  }
  if (one.edition !== question.rule_edition) return fault(4, "E-RECOG-FILING-EDITION", { ...about, needed: one.edition });
  if (one.stated_by !== entitled(one)) return statedByFault(3, one, "filing");
  if (!roots.authorities.has(one.authority.id)) {
    return fault(2, "E-RECOG-FILING-AUTHORITY", { ...about, id: one.authority.id });
  }
  const state = stateOn(one.changes, at, knownOn);
  if (state === null) return notYetFiled(one, knownOn, about);
  if (inForce(state)) return null;
  const told = { since: state.on, known: state.known, reason: state.reason ?? word("no-reason") };
  return fault(1, FILING_STATES[state.kind], { ...about, ...told });
}

function notYetFiled({ changes }, knownOn, about) {
  const days = changes.filter(({ kind, known }) => kind === "filed" && known <= knownOn).map(({ on }) => on);
  if (days.length === 0) return fault(1, "E-RECOG-FILING-PENDING", about);
  return fault(1, "E-RECOG-FILING-EARLY", { ...about, first: days.sort()[0] });
}
