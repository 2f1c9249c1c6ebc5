/**
 * Read a certificate from its `vc+jwt` and check that a trusted body signed it (ES256).
 *
 * Follows docs/reference/certificate.md: one algorithm, four header members, one spelling of everything. What the certificate
 * says stands in `specifiedCondition`, one `key=text` per line; what UNTP has its own members for is read from there, and
 * the figures a reader of those members would see are compared with the lines.
 */
import { decodeText, encodeText, fromBase64Url, need, Refused } from "./bytes.js";
import { canonicalise, parseExact } from "./evaluator.js";
import { signatureHolds } from "./keys.js";
import { DAY_ENDS, DAY_STARTS } from "./moments.js";

const FORMAT = "footproof-certificate/1";
const HEADER = ["alg", "cty", "kid", "typ"];
const MOST_PAYLOAD = 256 * 1024;
const MOST_HEADER = 2048;
const MOST_STAGES = 256;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const DAY = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
const FIGURE = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?$/;
const STATUSES = ["in-force", "draft", "provisional"];
const WEB = /^https?:\/\/[A-Za-z0-9.[\]:-]+(?:\/[\x21\x24-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]*)?$/;
const INDEX = /^(?:0|[1-9][0-9]{0,11})$/;
const NAME = "[A-Za-z0-9][A-Za-z0-9._/-]*";
const SCOPE = {
  activity: /^[a-z][a-z0-9-]*$/,
  scheme: new RegExp(`^${NAME}$`),
  edition: new RegExp(`^${NAME}$`),
  category: new RegExp(`^${NAME}:${NAME}$`),
  country: /^[A-Z]{2}(?:-[A-Z0-9]{1,3})?$/,
  national: /^(?:yes|no)$/,
};

/**
 * Read a token; nothing is verified yet, so nothing in it may be believed.
 *
 * @param {Uint8Array} token the compact form and nothing else
 * @returns {{kid: string, signed: Uint8Array, signature: Uint8Array, credential: object, certificate: object}}
 * @throws {Refused} E-CRED-FORM, E-CRED-SIZE, E-CRED-HEADER, E-CRED-CONTENT
 */
export function readToken(token) {
  need(token.length <= ((MOST_PAYLOAD + MOST_HEADER) * 4) / 3 + 128, "E-CRED-SIZE");
  const segments = decodeText(token, "E-CRED-FORM").split(".");
  need(segments.length === 3, "E-CRED-FORM");
  const [header, payload, signature] = segments.map(fromBase64Url);
  need(header !== null && payload !== null && signature !== null && signature.length === 64, "E-CRED-FORM");
  need(header.length <= MOST_HEADER && payload.length <= MOST_PAYLOAD, "E-CRED-SIZE");
  const kid = readHeader(header);
  const credential = readObject(payload);
  return {
    kid,
    signed: encodeText(segments[0] + "." + segments[1]),
    signature,
    credential,
    certificate: readCertificate(credential),
  };
}

/**
 * Check a token that was read: its key belongs to the body that it names, and the signature is that key's.
 *
 * @returns {Promise<{body: object, key: object}>} the body and its key, as the trust list has them
 * @throws {Refused} E-CRED-UNKNOWN-KEY, E-CRED-ISSUER, E-CRED-SIGNATURE
 * @throws {Unavailable} E-PAGE-NO-CRYPTO, E-PAGE-NO-ES256
 */
export async function verifyToken(read, trust, subtle) {
  const body = trust.bodies.find(({ keys }) => Object.prototype.hasOwnProperty.call(keys, read.kid));
  need(body !== undefined, "E-CRED-UNKNOWN-KEY", { kid: read.kid });
  const named = read.kid.startsWith(body.id + "#") && read.kid.length > body.id.length + 1;
  need(named && read.certificate.body.id === body.id, "E-CRED-ISSUER", { kid: read.kid });
  const key = body.keys[read.kid];
  need(key.kty === "EC", "E-CRED-KEY", { kid: read.kid });
  const holds = await signatureHolds(key, read.signature, read.signed, subtle);
  need(holds, "E-CRED-SIGNATURE", { kid: read.kid });
  return { body, key };
}

function readHeader(bytes) {
  const header = readObject(bytes);
  need(Object.keys(header).sort().join() === HEADER.join(), "E-CRED-HEADER");
  need(header.alg === "ES256" && header.typ === "vc+jwt" && header.cty === "vc", "E-CRED-HEADER");
  need(typeof header.kid === "string" && header.kid !== "", "E-CRED-HEADER");
  return header.kid;
}

/** Read one JSON object in canonical form; that leaves no room for a duplicate key or a second reading. */
function readObject(bytes) {
  const text = decodeText(bytes, "E-CRED-FORM");
  let record = null;
  let same = false;
  try {
    record = JSON.parse(text);
    same = canonicalise(record) === text;
  } catch {
    // Not JSON, or without a canonical form.
  }
  need(same && typeof record === "object" && record !== null && !Array.isArray(record), "E-CRED-FORM");
  return record;
}

/** Return what a credential says as a certificate; whatever is missing or of another kind refuses it. */
function readCertificate(credential) {
  try {
    return certificateOf(credential);
  } catch (problem) {
    if (problem instanceof Refused) throw problem;
    throw new Refused("E-CRED-CONTENT"); // a member that is missing, or of another kind
  }
}

function certificateOf(credential) {
  const subject = credential.credentialSubject;
  const assessment = subject.conformityAssessment[0];
  const product = assessment.assessedProduct[0].product;
  const lines = readLines(assessment.specifiedCondition);
  const say = (key) => {
    need(lines.has(key) && lines.get(key) !== "", "E-CRED-CONTENT", { line: key });
    return lines.get(key);
  };
  need(say("format") === FORMAT, "E-CRED-CONTENT", { line: "format" });
  const certificate = {
    id: text(credential.id),
    number: say("number"),
    body: { id: text(credential.issuer.id), name: both(say, "body.name") },
    client: { id: text(subject.issuedToParty.id), name: both(say, "client.name") },
    site: { id: text(assessment.assessedFacility[0].facility.id), name: both(say, "site.name") },
    product: { id: text(product.id), model: text(product.modelNumber), name: both(say, "product") },
    value: figure(say("value")),
    unit: say("unit"),
    unitName: both(say, "unit_name"),
    boundary: both(say, "boundary"),
    interval: lines.has("interval.lower") ? [figure(say("interval.lower")), figure(say("interval.upper"))] : null,
    stages: readStages(say),
    rule: { id: say("rule.id"), edition: say("rule.edition"), title: both(say, "rule.title"), status: say("rule.status") },
    scheme: both(say, "scheme"),
    period: { start: day(say("period.start")), end: day(say("period.end")) },
    decidedOn: day(assessment.assessmentDate),
    validFrom: day(withoutEnd(credential.validFrom, DAY_STARTS)),
    validUntil: day(withoutEnd(credential.validUntil, DAY_ENDS)),
    packageDigest: say("package"),
    sheetDigest: say("sheet"),
    demonstration: say("demonstration") === "yes",
    certificationScope: readScope(lines),
    statusEntries: readStatus(lines, credential),
    grade: lines.has("grade") ? { level: say("grade"), name: both(say, "grade.name") } : null,
    reduction: lines.has("reduction") ? readReduction(say) : null,
  };
  need(STATUSES.includes(certificate.rule.status), "E-CRED-CONTENT", { line: "rule.status" });
  need(certificate.rule.status === "in-force" || certificate.demonstration, "E-CRED-CONTENT", { line: "demonstration" });
  checkReduction(certificate);
  checkMembers(certificate, subject, assessment);
  return certificate;
}

/** Return what the body must be allowed to do, or null where the certificate does not say. */
function readScope(lines) {
  if (!lines.has("scope.activity")) return null;
  const scope = { accreditation: lines.get("scope.accreditation") ?? null };
  for (const [field, form] of Object.entries(SCOPE)) {
    scope[field] = lines.get(`scope.${field}`) ?? "";
    need(form.test(scope[field]), "E-CRED-CONTENT", { line: `scope.${field}` });
  }
  need(scope.accreditation === null || scope.accreditation.trim() !== "", "E-CRED-CONTENT", { line: "scope.accreditation" });
  return { ...scope, national: scope.national === "yes" };
}

/** Return where the status is published, by purpose; what other readers see in `credentialStatus` follows from the lines. */
function readStatus(lines, credential) {
  const bad = { line: "credentialStatus" };
  if (!lines.has("status.lists")) {
    need(!Object.prototype.hasOwnProperty.call(credential, "credentialStatus"), "E-CRED-CONTENT", bad);
    return [];
  }
  const [lists, index, profile] = ["lists", "index", "profile"].map((name) => lines.get(`status.${name}`) ?? "");
  need(WEB.test(lists) && INDEX.test(index) && ["w3c", "untp-0.7.0"].includes(profile), "E-CRED-CONTENT", bad);
  // The schema of UNTP 0.7.0 has room for one list, and for a number where the Recommendation has text.
  const purposes = profile === "w3c" ? ["revocation", "suspension"] : ["revocation"];
  const entries = purposes.map((purpose) => ({ purpose, list: `${lists}-${purpose}.jwt`, index: Number(index) }));
  const needed = entries.map(({ purpose, list }) => ({
    id: `${list}#${index}`,
    type: "BitstringStatusListEntry",
    statusPurpose: purpose,
    statusListIndex: profile === "w3c" ? index : Number(index),
    statusListCredential: list,
  }));
  const same = canonicalise(profile === "w3c" ? needed : needed[0]) === canonicalise(credential.credentialStatus);
  need(same, "E-CRED-CONTENT", bad);
  return entries;
}

function readReduction(say) {
  const base = "reduction.base";
  return {
    share: figure(say("reduction")),
    package: say(`${base}.package`),
    value: figure(say(`${base}.value`)),
    start: day(say(`${base}.start`)),
    end: day(say(`${base}.end`)),
  };
}

/** Check that a stated reduction follows from the two figures: (base − value) / |base|, rounded down to four decimals. */
function checkReduction({ reduction, value, period }) {
  if (reduction === null) return;
  const line = { line: "reduction" };
  need(DIGEST.test(reduction.package), "E-CRED-CONTENT", { line: "reduction.base.package" });
  need(reduction.start <= reduction.end && reduction.end < period.start, "E-CRED-CONTENT", { line: "reduction.base.end" });
  const [base, now, share] = [reduction.value, value, reduction.share].map(parseExact);
  const [less, whole] = [base.n * now.d - now.n * base.d, (base.n < 0n ? -base.n : base.n) * now.d];
  need(whole > 0n && less > 0n, "E-CRED-CONTENT", line);
  need(share.n > 0n && share.n * 10000n === ((less * 10000n) / whole) * share.d, "E-CRED-CONTENT", line);
}

/** Compare what other readers see, figures and digests, with the lines. */
function checkMembers(certificate, subject, assessment) {
  const exact = subject.description.includes(`${certificate.value} ${certificate.unit}`);
  need(exact && subject.description.includes(certificate.packageDigest), "E-CRED-CONTENT", { line: "description" });
  need(text(subject.auditableEvidence.linkURL).endsWith(certificate.packageDigest), "E-CRED-CONTENT", { line: "package" });
  need(text(subject.referenceProfile.id).endsWith(certificate.rule.edition), "E-CRED-CONTENT", { line: "rule.edition" });
  need(assessment.conformance === true, "E-CRED-CONTENT", { line: "conformance" });
  checkGrade(certificate.grade, subject.profileScore);
}

function checkGrade(grade, score) {
  const { zh, en } = grade?.name ?? {};
  const needed = grade && { code: grade.level, definition: zh === en ? zh : `${zh} / ${en}` };
  need(canonicalise(needed) === canonicalise(score ?? null), "E-CRED-CONTENT", { line: "grade" });
}

function readLines(items) {
  const lines = new Map();
  for (const line of items) {
    const cut = text(line).indexOf("=");
    need(cut > 0 && !lines.has(line.slice(0, cut)), "E-CRED-CONTENT", { line: line.slice(0, 40) });
    lines.set(line.slice(0, cut), line.slice(cut + 1));
  }
  return lines;
}

function readStages(say) {
  need(/^[0-9]{1,3}$/.test(say("stages")) && Number(say("stages")) <= MOST_STAGES, "E-CRED-CONTENT", { line: "stages" });
  return Array.from({ length: Number(say("stages")) }, (_, index) => {
    const key = `stage.${index + 1}`;
    return { id: say(`${key}.id`), value: figure(say(`${key}.value`)), name: both(say, `${key}.name`) };
  });
}

function both(say, key) {
  return { zh: say(`${key}.zh`), en: say(`${key}.en`) };
}

function text(value) {
  need(typeof value === "string" && value !== "", "E-CRED-CONTENT");
  return value;
}

function day(value) {
  need(typeof value === "string" && DAY.test(value), "E-CRED-CONTENT");
  return value;
}

function figure(value) {
  need(value.length <= 50 && FIGURE.test(value) && value !== "-0", "E-CRED-CONTENT");
  return value;
}

function withoutEnd(value, end) {
  need(text(value).endsWith(end), "E-CRED-CONTENT");
  return value.slice(0, -end.length);
}
