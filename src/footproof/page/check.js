/**
 * The stranger's walk: from fetched bytes to a list of results and one verdict. Touches no page, no clock, no network.
 *
 * A result is `{id, state, code, detail}`; `state` is `passed`, `failed` (looked at, does not hold) or `unavailable` (could not
 * be looked at here). Nothing that is missing, malformed or unknown ever counts as passed.
 */
import { openPackage, partDigest, readRecord } from "./archive.js";
import { decodeText, digestText, need, Refused, sameBytes, toHex, Unavailable } from "./bytes.js";
import { readToken, verifyToken } from "./credential.js";
import { canonicalise, evaluate, formatExact, parseExact } from "./evaluator.js";
import { thumbprint } from "./keys.js";
import { readLegalDay } from "./moments.js";
import { checkListing, readListing } from "./listing.js";
import { brokenEdges, findingOf, readRoots, toldChain, walkBoth } from "./recognise.js";
import { recordFromJson, recordOf, RecordSet } from "./records.js";
import { describeTerms, isRounded, isShown } from "./report.js";
import { askLists } from "./status.js";
import { Entries, openCheckpoint, verifyProof } from "./tlog.js";
import { keyFinder, openCredential } from "./token.js";
import { judgeCheckpoint, readPolicy } from "./witness.js";
import { totalsDiffer, totalsOf } from "./totals.js";

const EVENT_KEYS = ["actor", "at", "id", "object", "subject", "type", "v"];
const MOST_BUNDLES = 16;
const MOST_NAMED = 20;
const MOST_RECORDS = 500;
const TREE_FILE = /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*[A-Za-z0-9_-][A-Za-z0-9._-]*$/;
const ENDINGS = {
  "certificate.suspended": "E-STATUS-SUSPENDED",
  "certificate.withdrawn": "E-STATUS-WITHDRAWN",
  "certificate.cancelled": "E-STATUS-CANCELLED",
};
const RESTORED = "certificate.restored";

/** Do one check; say how it ended instead of throwing. */
async function attempt(id, work) {
  try {
    return { id, state: "passed", code: "", detail: (await work()) ?? {} };
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem; // a fault of this program, not of what it checks
    const state = problem instanceof Unavailable ? "unavailable" : "failed";
    return { id, state, code: problem.code, detail: problem.detail };
  }
}

/**
 * Check the small files: signature, agreement with the page, validity, log.
 *
 * @param {object} files `token`, `event`, `proof`: Uint8Array, or null where the server has none, or undefined where it could not
 *   be asked; `trust`: the same, JSON
 * @param {{facts: object, today: string, subtle: SubtleCrypto | undefined}} context what the page shows, by fact; the day, as
 *   YYYY-MM-DD; the browser's cryptography
 * @returns {Promise<{results: object[], read: object | null, trust: object | null, inclusion: object | null,
 *   key: object | null}>} `key` is the key whose signature held
 */
export async function checkRecord(files, { facts, today, subtle }) {
  const found = { results: [], read: null, trust: null, inclusion: null, key: null };
  const step = async (id, work) => found.results.push(await attempt(id, work));
  await step("signature", async () => {
    found.read = readToken(material(files.token, "certificate.jwt"));
    found.trust = readTrust(material(files.trust, "trust.json"));
    const { body, key } = await verifyToken(found.read, found.trust, subtle);
    found.key = key;
    return { body: body.name, kid: found.read.kid };
  });
  await step("page", () => checkPage(certificateOf(found), facts));
  await step("validity", () => checkDates(certificateOf(found), today));
  await step("log", async () => {
    const event = material(files.event, "event.json");
    const said = await checkEvent(event, certificateOf(found), files.token, subtle);
    need(files.proof !== null, "E-LOG-NO-PROOF");
    if (found.trust === null) throw new Unavailable("E-PAGE-MISSING", { file: "trust.json" });
    found.inclusion = await verifyProof(material(files.proof, "proof.txt"), event, found.trust.logs, subtle);
    const { index, checkpoint } = found.inclusion;
    if (checkpoint.unchecked) throw checkpoint.unchecked;
    return { index: String(index), ...describeCheckpoint(checkpoint), at: said.at };
  });
  if (found.trust !== null && found.trust.policy !== undefined) {
    await step("witness", async () => {
      if (found.inclusion === null) throw new Unavailable("E-PAGE-NO-INCLUSION");
      const policy = await readPolicy(found.trust.policy, subtle);
      const { met, ...counts } = await judgeCheckpoint(found.inclusion.signed, policy, subtle);
      need(met, "E-LOG-QUORUM", counts);
      return counts;
    });
  }
  return found;
}

/**
 * Ask the body's status lists whether the certificate was withdrawn or is suspended.
 *
 * @param {object} found from `checkRecord`
 * @param {function(string): Promise<Uint8Array | null | undefined>} read a file of the tree, by its path in it
 * @param {{now: number, subtle: SubtleCrypto | undefined}} context the moment asked about [ms since 1970]
 * @returns {Promise<object>} one result with the id `lists`
 */
export function checkLists(found, read, { now, subtle }) {
  return attempt("lists", async () => {
    const certificate = believed(found);
    const place = /^(.*\/)c\/[^/]+\/?$/.exec(certificate.id);
    const get = async (address) => {
      const name = place !== null && address.startsWith(place[1]) ? address.slice(place[1].length) : "";
      if (!TREE_FILE.test(name)) throw new Unavailable("E-PAGE-ELSEWHERE", { file: address.slice(0, 200) });
      return atHand(await read(name), name);
    };
    return askLists(certificate, { read: get, findKey: keyFinder(found.trust), now, subtle });
  });
}

/** Return a certificate once its signature holds: before that, there is nobody to ask about. */
function believed({ key, read }) {
  if (key === null) throw new Unavailable("E-PAGE-NOT-BELIEVED");
  return read.certificate;
}

/** Return bytes that were there; what is not at hand is not known, and proves nothing either way. */
function atHand(bytes, file) {
  if (bytes === null) throw new Unavailable("E-PAGE-MISSING", { file });
  return material(bytes, file);
}

/**
 * Check that the body was allowed to issue exactly this certificate on that day, from the records beside the page.
 *
 * @param {object} found from `checkRecord`
 * @param {function(string): Promise<Uint8Array | null | undefined>} read as for `checkLists`
 * @param {{today: string, now: number, readLog: function | null, subtle: SubtleCrypto | undefined}} context the day and the
 *   moment asked about [ms since 1970]; a reader of the log as for `checkLater`
 * @returns {Promise<object>} one result with the id `recognition`; `both` holds the chains, where they could be walked
 */
export async function checkRecognition(found, read, { today, now, readLog, subtle }) {
  let both = null;
  const result = await attempt("recognition", async () => {
    const certificate = believed(found);
    const { roots, codeLists } = found.trust;
    if (certificate.certificationScope === null) throw new Unavailable("E-CHECK-NO-SCOPE");
    if (roots === null) throw new Unavailable("E-CHECK-NO-ROOTS");
    const findKey = keyFinder(found.trust);
    const file = readListing(atHand(await read("recognition/index.json"), "recognition/index.json"));
    const names = recordFiles(file);
    const tokens = await Promise.all(names.map(async (name) => atHand(await read(name), name)));
    const stated = await Promise.all(tokens.map(async (token) => recordOf(await openCredential(token, findKey, subtle))));
    const asked = questionOf(certificate, found.read.kid, await thumbprint(found.key, subtle));
    both = walkBoth(asked, new RecordSet([...codeLists, ...stated]), roots, today);
    const finding = findingOf(both);
    const sound = finding === "sound" || finding === "known-later";
    if (!sound) throw new Refused(brokenEdges(toldChain(both))[0].code, { finding }); // known for certain comes first
    const { trust, inclusion } = found;
    const records = new Map(names.map((name, at) => [name, stated[at]]));
    const known = await checkListing(file, records, { trust, inclusion, now, readLog, subtle });
    return { finding, records: stated.length, ...known };
  });
  return { ...result, both };
}

/** Return the files that a list of recognition records names. */
function recordFiles({ index }) {
  const { length } = index.records;
  if (length > MOST_RECORDS) throw new Unavailable("E-PAGE-RECORDS", { found: length, limit: MOST_RECORDS });
  return index.records.map(({ file }) => file);
}

/** Return what a certificate asks of the chain. */
function questionOf({ number, body, rule, site, decidedOn, certificationScope: scope }, key, print) {
  return {
    certificate: number,
    body,
    key,
    thumbprint: print,
    activity: scope.activity,
    scheme: scope.scheme,
    edition: scope.edition,
    rule: rule.id,
    rule_edition: rule.edition,
    national: scope.national,
    category: scope.category,
    site: site.id,
    country: scope.country,
    issued: decidedOn,
    accredited: scope.accreditation !== null,
    accreditation_number: scope.accreditation,
  };
}

function material(bytes, file) {
  if (bytes === undefined) throw new Unavailable("E-PAGE-UNREACHABLE", { file });
  need(bytes !== null, "E-PAGE-MISSING", { file });
  return bytes;
}

function certificateOf({ read }) {
  if (read === null) throw new Unavailable("E-PAGE-NO-CERTIFICATE");
  return read.certificate;
}

function describeCheckpoint({ origin, size, root }) {
  return { origin, size: String(size), root: toHex(root) };
}

/** Read the trust anchors; they stand beside the page, and the page says so. */
function readTrust(bytes) {
  try {
    const trust = JSON.parse(decodeText(bytes, "E-PAGE-TRUST"));
    trust.bodies.forEach(({ id, name, keys }) => need(id && name.zh && name.en && keys, "E-PAGE-TRUST"));
    trust.logs.forEach(({ origin, vkey }) => need(origin && typeof vkey === "string", "E-PAGE-TRUST"));
    const texts = [trust.policy, trust.seals, trust.stamps];
    need(texts.every((text) => text === undefined || typeof text === "string"), "E-PAGE-TRUST");
    need(["undefined", "boolean"].includes(typeof trust.demonstration), "E-PAGE-TRUST");
    const codeLists = (trust.code_lists ?? []).map((one) => recordFromJson(one));
    need(codeLists.every(({ kind }) => kind === "code_list"), "E-PAGE-TRUST");
    return { ...trust, codeLists, roots: trust.roots === undefined ? null : readRoots(trust.roots) };
  } catch {
    throw new Refused("E-PAGE-TRUST");
  }
}

/** Compare what the page shows with what the certificate says: a page is only paper until then. */
function checkPage(certificate, facts) {
  const said = certificateFacts(certificate);
  const names = Object.keys(facts);
  need(names.includes("number") && names.includes("value"), "E-PAGE-FACTS");
  const differs = names.filter((name) =>
    name === "shown" ? !isShown(facts.shown, certificate.value) : said[name] !== facts[name],
  );
  need(differs.length === 0, "E-PAGE-DIFFERS", { facts: differs.join(", ") });
  return { facts: names.length };
}

/** Return the facts of a certificate under the names that the page marks them with. */
export function certificateFacts(certificate) {
  const facts = {
    number: certificate.number,
    value: certificate.value,
    unit: certificate.unit,
    model: certificate.product.model,
    "valid-from": certificate.validFrom,
    "valid-until": certificate.validUntil,
    "decided-on": certificate.decidedOn,
    "rule-status": certificate.rule.status,
    package: certificate.packageDigest,
    sheet: certificate.sheetDigest,
    ...reductionFacts(certificate.reduction),
  };
  for (const lang of ["zh", "en"]) {
    facts[`product.${lang}`] = certificate.product.name[lang];
    facts[`client.${lang}`] = certificate.client.name[lang];
    facts[`site.${lang}`] = certificate.site.name[lang];
    facts[`body.${lang}`] = certificate.body.name[lang];
    facts[`unit-name.${lang}`] = certificate.unitName[lang];
    facts[`rule.${lang}`] = certificate.rule.title[lang];
    if (certificate.grade) facts[`grade.${lang}`] = certificate.grade.name[lang];
  }
  for (const { id, value } of certificate.stages) facts[`stage:${id}`] = value;
  return facts;
}

/** Return the facts of a reduction; the page writes its share in percent. */
function reductionFacts(reduction) {
  if (reduction === null) return {};
  const { n, d } = parseExact(reduction.share);
  return {
    reduction: `${formatExact({ n: n * 100n, d })} %`,
    base: reduction.package,
    "base-value": reduction.value,
    "base-start": reduction.start,
    "base-end": reduction.end,
  };
}

function checkDates({ validFrom, validUntil }, today) {
  const detail = { today, from: validFrom, until: validUntil };
  need(today >= validFrom, "E-CRED-NOT-YET", detail);
  need(today <= validUntil, "E-CRED-EXPIRED", detail);
  return detail;
}

/** Check that an event is the issue of exactly this token under exactly this number by exactly this body. */
async function checkEvent(bytes, { number, body, decidedOn }, token, subtle) {
  const event = readEvent(bytes);
  need(event !== null, "E-EVENT-FORM");
  need(["certificate.issued", "certificate.restated"].includes(event.type), "E-EVENT-TYPE", { found: event.type });
  need(event.subject === number, "E-EVENT-SUBJECT", { found: event.subject, needed: number });
  need(event.actor === body.id, "E-EVENT-ACTOR", { found: event.actor, needed: body.id });
  need(event.object === (await digestText(subtle, token)), "E-EVENT-OBJECT", { found: event.object });
  const logged = readLegalDay(event.at);
  need(logged !== null, "E-EVENT-FORM");
  need(decidedOn <= logged, "E-CHECK-DECIDED", { decided: decidedOn, logged });
  return event;
}

/** Return an event in canonical form, or null where bytes are none. */
function readEvent(bytes) {
  try {
    const text = decodeText(bytes, "E-EVENT-FORM");
    const event = JSON.parse(text);
    const whole = Object.keys(event).sort().join() === EVENT_KEYS.join() && canonicalise(event) === text;
    return whole && [event.type, event.at, event.actor, event.subject].every((item) => typeof item === "string") ? event : null;
  } catch {
    return null;
  }
}

/**
 * Look for later events about a certificate in the log, up to its current checkpoint.
 *
 * @param {{number: string, event: Uint8Array, inclusion: object}} known from `checkRecord`
 * @param {function(string): Promise<Uint8Array | null>} read a file of the log; null where there is none
 * @returns {Promise<object>} one result with the id `status`
 */
export function checkLater({ number, event, inclusion }, read, subtle) {
  return attempt("status", async () => {
    if (inclusion === null) throw new Unavailable("E-PAGE-NO-INCLUSION");
    const data = await read("checkpoint");
    if (data === null) throw new Unavailable("E-PAGE-NO-CHECKPOINT");
    const checkpoint = await openCheckpoint(data, inclusion.log, subtle);
    checkGrown(inclusion.checkpoint, checkpoint);
    const entries = new Entries(checkpoint, read, subtle);
    await entries.open();
    const seen = await readLater(entries, inclusion.index, event, { number, actor: readEvent(event)?.actor });
    const detail = { ...describeCheckpoint(checkpoint), seen: String(seen.end), newest: seen.newest };
    if (seen.last !== null) throw new Refused(ENDINGS[seen.last.type], { ...detail, at: seen.last.at });
    if (checkpoint.unchecked) throw checkpoint.unchecked;
    if (seen.end < checkpoint.size) throw new Unavailable("E-PAGE-LOG-LONG", detail);
    return detail;
  });
}

/** A log never shrinks, and never has two roots for one size. */
function checkGrown(before, now) {
  const detail = { old: String(before.size), new: String(now.size) };
  need(now.size >= before.size, "E-LOG-SHRUNK", detail);
  need(now.size !== before.size || sameBytes(now.root, before.root), "E-LOG-FORK", detail);
}

/** Read the entries after the issue; remember the last change of status about the certificate. */
async function readLater(entries, index, event, about) {
  const seen = { last: null, newest: "", end: 0n };
  const first = index / 256n;
  for (let bundle = first; bundle < first + BigInt(MOST_BUNDLES) && bundle * 256n < entries.size; bundle += 1n) {
    const held = await entries.bundle(bundle);
    const start = bundle * 256n;
    held.forEach((entry, at) => {
      const position = start + BigInt(at);
      if (position === index) need(sameBytes(entry, event), "E-LOG-REWRITTEN", { index: String(index) });
      if (position > index) note(seen, readEvent(entry), about);
      if (position === index && seen.newest === "") seen.newest = readEvent(entry)?.at ?? "";
    });
    seen.end = start + BigInt(held.length);
  }
  return seen;
}

function note(seen, event, { number, actor }) {
  if (event === null) return;
  seen.newest = event.at;
  if (event.subject !== number) return;
  if (Object.prototype.hasOwnProperty.call(ENDINGS, event.type)) {
    // A withdrawal or a cancellation is final; only a suspension can give way to another status.
    if (seen.last === null || seen.last.type === "certificate.suspended") seen.last = event;
  } else if (event.type === RESTORED && seen.last?.type === "certificate.suspended") {
    // Only who issued it can restore it, or who suspended it: an authority lifts its own order. That it no longer holds is
    // believed of anybody whom the log lets say so.
    if (event.actor === actor || event.actor === seen.last.actor) seen.last = null;
  }
}

/**
 * Check a package against its certificate and recompute the footprint from every term.
 *
 * @param {Uint8Array} data the package
 * @param {object} certificate from `checkRecord`
 * @returns {Promise<{results: object[], report: object | null}>} results `package` and `recompute`
 */
export async function checkPackage(data, certificate, subtle) {
  let opened = null;
  const sealed = await attempt("package", async () => {
    opened = await openPackage(data, subtle);
    if (opened.digest === null) throw new Unavailable("E-PAGE-NO-CRYPTO");
    const detail = { found: opened.digest, needed: certificate.packageDigest };
    need(opened.digest === certificate.packageDigest, "E-PACKAGE-OTHER", detail);
    const sheet = await partDigest(subtle, opened, "sheet.json");
    need(sheet === certificate.sheetDigest, "E-PACKAGE-SHEET", { found: sheet, needed: certificate.sheetDigest });
    return { digest: opened.digest, bytes: data.length, parts: opened.parts.size + opened.withheld.size };
  });
  let report = null;
  const recomputed = await attempt("recompute", () => {
    if (opened === null || sealed.state === "failed") throw new Unavailable("E-PAGE-NOT-RECOMPUTED");
    report = recompute(opened, certificate);
    const { value, declared, unit, count, single, singleShare } = report;
    return { value, declared, unit, count, single, singleShare };
  });
  return { results: [sealed, recomputed], report: recomputed.state === "passed" ? report : null };
}

/** Evaluate the sheet and compare it with what the package and the certificate state, to the last digit. */
function recompute(opened, certificate) {
  const { parts, withheld } = opened;
  if (withheld.has("sheet.json") || withheld.has("result.json")) checkDisclosed(opened, certificate);
  const claimed = readRecord(parts, "result.json");
  const sheet = readRecord(parts, "sheet.json");
  const computed = evaluate(parts.get("sheet.json"));
  if (computed.error) throw new Refused("E-RECOMPUTE-SHEET", { differs: `${computed.error.code} ${computed.error.at}` });
  const said = opened.roots.size > 0 ? confidentialDifferences(parts, computed, sheet.rounding.digits) : [];
  const differs = [...differences(claimed, computed, ""), ...said].slice(0, MOST_NAMED);
  need(differs.length === 0, "E-RECOMPUTE-RESULT", { differs: differs.join(", ") });
  checkCertified(certificate, computed);
  const hidden = [...withheld.values()].reduce((sum, count) => sum + count, 0);
  return { value: computed.value, declared: computed.declared, hidden, ...describeTerms(sheet, computed) };
}

/** Return where a package says something else to those who do not see its terms than its terms give. */
function confidentialDifferences(parts, computed, digits) {
  const about = readAbout(parts);
  const own = about.declared === computed.declared && about.unit === computed.unit ? [] : ["about/declared"];
  if (!parts.has("totals.json")) return own;
  return [...own, ...differences(readRecord(parts, "totals.json"), totalsOf(computed, digits), "totals")];
}

function readAbout(parts) {
  const about = readRecord(parts, "about.json");
  need(isRecord(about), "E-PACKAGE-FORM", { part: "about.json" });
  return about;
}

/**
 * Check what a package shows whose terms are withheld, and say that they were not recomputed.
 *
 * @throws {Refused} E-RECOMPUTE-VALUE, E-RECOMPUTE-UNIT, E-RECOMPUTE-TOTALS
 * @throws {Unavailable} E-RECOMPUTE-SUBTOTALS where the subtotals add up, E-RECOMPUTE-SEALED where there are none
 */
function checkDisclosed({ parts }, { value, unit, stages, body }) {
  const about = readAbout(parts);
  need(about.declared === value, "E-RECOMPUTE-VALUE", { found: about.declared, needed: value });
  need(about.unit === unit, "E-RECOMPUTE-UNIT", { found: about.unit, needed: unit });
  if (!parts.has("totals.json")) throw new Unavailable("E-RECOMPUTE-SEALED", { body: body.name });
  const totals = readRecord(parts, "totals.json");
  const differs = totalsDiffer(totals, value);
  need(differs === "", "E-RECOMPUTE-TOTALS", { differs });
  for (const { id, value: certified } of stages) {
    const shown = totals.stages[id];
    need(typeof shown === "string" && isRounded(certified, shown, value), "E-RECOMPUTE-STAGE", { differs: id });
  }
  throw new Unavailable("E-RECOMPUTE-SUBTOTALS", { body: body.name, value });
}

function checkCertified(certificate, computed) {
  const { value } = certificate;
  need(computed.declared === value, "E-RECOMPUTE-VALUE", { found: computed.declared, needed: value });
  need(computed.unit === certificate.unit, "E-RECOMPUTE-UNIT", { found: computed.unit, needed: certificate.unit });
  const named = new Map(certificate.stages.map((stage) => [stage.id, stage.value]));
  for (const [id, { total }] of Object.entries(computed.stages)) {
    need(named.has(id) ? isRounded(named.get(id), total, value) : total === "0", "E-RECOMPUTE-STAGE", { differs: id });
    named.delete(id);
  }
  need(named.size === 0, "E-RECOMPUTE-STAGE", { differs: [...named.keys()].join(", ") });
  const { low, high } = computed.interval;
  const [lower, upper] = certificate.interval ?? [null, null];
  const open = low !== computed.value || high !== computed.value;
  const same = lower === null ? !open : isRounded(lower, low, value) && isRounded(upper, high, value);
  need(same, "E-RECOMPUTE-INTERVAL");
}

/** Return the paths at which two records differ. */
export function differences(claimed, computed, path) {
  if (isRecord(claimed) && isRecord(computed)) {
    const keys = [...new Set([...Object.keys(claimed), ...Object.keys(computed)])].sort();
    return keys.flatMap((key) => differences(claimed[key], computed[key], path ? `${path}/${key}` : key));
  }
  return claimed === computed ? [] : [path];
}

function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A failed check and the verdict it brings; the first that applies wins. */
const FAILURES = [
  ["signature", "signature-invalid"],
  ["page", "page-differs"],
  ["log", "not-in-log"],
  ["witness", "not-witnessed"],
  ["package", "package-tampered"],
  ["recompute", "recompute-differs"],
];
const STATUS_VERDICTS = {
  "E-STATUS-SUSPENDED": "suspended",
  "E-STATUS-WITHDRAWN": "withdrawn",
  "E-STATUS-CANCELLED": "cancelled",
};
const LIST_VERDICTS = { "E-CHECK-WITHDRAWN": "withdrawn", "E-CHECK-SUSPENDED": "suspended" };
const FINDING_VERDICTS = {
  "broken-at-issue": "not-entitled",
  "broken-in-hindsight": "not-entitled",
  "broken-since": "entitlement-ended",
};

/**
 * Return the one word for a list of results.
 *
 * @param {object[]} results of `checkRecord`, `checkRecognition`, `checkLists` and `checkLater`, and where it was done of
 *   `checkPackage`; a check that is left out did not pass
 * @returns {{id: string, because: string}} the verdict and the check that decided it
 */
export function decide(results) {
  const by = new Map(results.map((result) => [result.id, result]));
  const is = (id, state) => by.has(id) && by.get(id).state === state;
  const failure = FAILURES.find(([id]) => is(id, "failed"));
  if (failure) return { id: failure[1], because: failure[0] };
  const standing = failedStanding(by, is);
  if (standing) return standing;
  const first = ["signature", "page", "validity", "log", ...(by.has("witness") ? ["witness"] : [])];
  const missing = first.find((id) => !is(id, "passed"));
  if (missing) return { id: "unverifiable", because: missing };
  const unknown = ["lists", "status"].find((id) => !is(id, "passed"));
  if (unknown) return { id: "status-unknown", because: unknown };
  if (!is("recognition", "passed")) return { id: "entitlement-unknown", because: "recognition" };
  const recomputed = is("package", "passed") && is("recompute", "passed");
  return recomputed ? { id: "verified", because: "recompute" } : { id: "authentic", because: "signature" };
}

/** Return the verdict where body or certificate do not, or no longer, stand as they should; what was never so comes first. */
function failedStanding(by, is) {
  const finding = is("recognition", "failed") ? by.get("recognition").detail.finding : null;
  const entitlement = { id: FINDING_VERDICTS[finding] ?? "records-invalid", because: "recognition" };
  if (finding !== null && entitlement.id !== "entitlement-ended") return entitlement;
  if (is("status", "failed")) {
    return { id: STATUS_VERDICTS[by.get("status").code] ?? "log-rewritten", because: "status" };
  }
  if (is("lists", "failed")) {
    return { id: LIST_VERDICTS[by.get("lists").code] ?? "status-invalid", because: "lists" };
  }
  if (is("validity", "failed")) {
    return { id: by.get("validity").code === "E-CRED-EXPIRED" ? "expired" : "not-yet", because: "validity" };
  }
  return finding === null ? null : entitlement;
}

