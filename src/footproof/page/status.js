/**
 * Whether a certificate was withdrawn or is suspended, as far as the body's status lists know, and how old that knowledge is.
 *
 * W3C Bitstring Status List v1.0 §3.2, as in credential/status_list.py and check/status.py, for lists of one bit an entry.
 * A list states the moment whose knowledge it is; the answer never claims to be younger, and a list that is no longer to be
 * relied on is no knowledge at all.
 */
import { fromBase64Url, need, Refused, Unavailable } from "./bytes.js";
import { readMoment } from "./moments.js";
import { issuerOf, openCredential } from "./token.js";

const FEWEST_ENTRIES = 131_072;
const MOST_BYTES = 8 * 1024 * 1024;
const AHEAD = 86_400_000; // [ms] by how much the clock of this device may be behind that of the body
const ENDED = { revocation: "E-CHECK-WITHDRAWN", suspension: "E-CHECK-SUSPENDED" };

/**
 * Return what the lists say, where neither purpose is set.
 *
 * @param {object} certificate whose signature holds
 * @param {{read: function(string): Promise<Uint8Array>, findKey: function(string): object, now: number,
 *   subtle: SubtleCrypto}} means how to get a list by its address, and a key by its name; the moment asked about [ms]
 * @returns {Promise<{asOf: string, age: {count: number, unit: string}, fresh: boolean, reliedUntil: string}>}
 * @throws {Refused} E-CHECK-WITHDRAWN, E-CHECK-SUSPENDED; what a list that is not the body's, or another one, is refused with
 * @throws {Unavailable} E-CHECK-NO-STATUS where the certificate names no list for a purpose; E-STATUS-EXPIRED,
 *   E-STATUS-NOT-YET where a list does not speak about now; what could not be had or verified here
 */
export async function askLists(certificate, means) {
  const entries = certificate.statusEntries;
  const answers = await Promise.all(entries.map((entry) => settle(askList(entry, certificate, means))));
  const failed = answers.filter(({ problem }) => problem !== null).map(({ problem }) => problem);
  // What is known for certain comes first, then what is wrong, then what could not be seen.
  for (const [purpose, code] of Object.entries(ENDED)) {
    const set = answers.find(({ said }) => said !== null && said.purpose === purpose && said.set);
    if (set) throw new Refused(code, { number: certificate.number, asOf: set.said.asOf });
  }
  if (failed.length > 0) throw failed.find((problem) => !(problem instanceof Unavailable)) ?? failed[0];
  const named = entries.map(({ purpose }) => purpose);
  if (!Object.keys(ENDED).every((purpose) => named.includes(purpose))) {
    throw new Unavailable("E-CHECK-NO-STATUS", { found: named.join(", ") || "—" });
  }
  return together(answers.map(({ said }) => said), means.now);
}

async function settle(work) {
  try {
    return { said: await work, problem: null };
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    return { said: null, problem };
  }
}

function together(said, now) {
  const oldest = said.reduce((one, other) => (other.time < one.time ? other : one));
  return {
    asOf: oldest.asOf,
    age: ageOf(Math.max(0, now - oldest.time)),
    fresh: said.every(({ fresh }) => fresh),
    reliedUntil: oldest.until,
  };
}

/** Return an age in the largest unit that is not nought. */
function ageOf(milliseconds) {
  const units = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000]];
  const [unit, size] = units.find(([, length]) => milliseconds >= length) ?? ["s", 1000];
  return { count: Math.floor(milliseconds / size), unit };
}

async function askList(entry, certificate, { read, findKey, now, subtle }) {
  const credential = await openCredential(await read(entry.list), findKey, subtle);
  const list = await readList(credential);
  need(list.id === null || list.id === entry.list, "E-STATUS-LIST-ID", { found: list.id, needed: entry.list });
  need(list.issuer === certificate.body.id, "E-STATUS-ISSUER", { found: list.issuer, needed: certificate.body.id });
  need(list.purposes.includes(entry.purpose), "E-STATUS-PURPOSE", { found: list.purposes.join(), needed: entry.purpose });
  refuseOtherTime(list, now);
  const entries = list.bits.length * 8;
  need(entry.index < entries, "E-STATUS-RANGE", { index: entry.index, entries });
  const set = ((list.bits[entry.index >> 3] >> (7 - (entry.index & 7))) & 1) === 1;
  const ends = [list.ttl === null ? null : list.from + list.ttl, list.until].filter((end) => end !== null);
  const fresh = ends.length > 0 && now <= Math.min(...ends);
  return { purpose: entry.purpose, set, time: list.from, asOf: shown(list.from), until: shown(list.until), fresh };
}

function refuseOtherTime({ from, until }, now) {
  // A list that does not say of when it is would pass for new for ever.
  if (from === null) throw new Unavailable("E-STATUS-NOT-YET", { from: "—", at: shown(now) });
  if (until !== null && now > until) throw new Unavailable("E-STATUS-EXPIRED", { until: shown(until), at: shown(now) });
  if (from > now + AHEAD) throw new Unavailable("E-STATUS-NOT-YET", { from: shown(from), at: shown(now) });
}

function shown(time) {
  return time === null ? "" : new Date(time).toISOString().replace(/\.[0-9]+Z$/, "Z");
}

/**
 * Return the list that a credential holds, unpacked.
 *
 * @param {object} credential a BitstringStatusListCredential whose signature holds
 * @throws {Refused} E-STATUS-LIST with the member that has another form; those of `unpack`
 */
export async function readList(credential) {
  const bad = (field) => new Refused("E-STATUS-LIST", { field });
  const { type, credentialSubject: subject, id = null } = credential;
  if (!Array.isArray(type) || !type.includes("BitstringStatusListCredential")) throw bad("type");
  if (typeof subject !== "object" || subject === null || !texts(subject.type).includes("BitstringStatusList")) {
    throw bad("credentialSubject.type");
  }
  const purposes = texts(subject.statusPurpose);
  if (purposes.length === 0 || purposes.length > 20) throw bad("credentialSubject.statusPurpose");
  const issuer = issuerOf(credential);
  if (issuer === null || !(id === null || typeof id === "string")) throw bad("issuer, id");
  const { encodedList, ttl = null } = subject;
  if (typeof encodedList !== "string") throw bad("credentialSubject.encodedList");
  if (ttl !== null && !(Number.isSafeInteger(ttl) && ttl > 0 && ttl < 1e13)) throw bad("credentialSubject.ttl");
  const [from, until] = ["validFrom", "validUntil"].map((member) => {
    if (!Object.prototype.hasOwnProperty.call(credential, member)) return null;
    const moment = readMoment(credential[member]);
    if (moment === null) throw bad(member);
    return moment;
  });
  return { id, issuer, purposes, ttl, from, until, bits: await unpack(encodedList) };
}

/** Return a text or a list of texts as a list; nothing where it is neither. */
function texts(value) {
  const items = Array.isArray(value) ? value : [value];
  return items.every((item) => typeof item === "string" && item !== "") ? items : [];
}

/**
 * Return the bits of an `encodedList`: "u", base64url, one GZIP member.
 *
 * @throws {Refused} E-STATUS-ENCODING; E-STATUS-SIZE above 8 MiB, beyond which nothing is unpacked; E-STATUS-SHORT
 * @throws {Unavailable} E-PAGE-NO-GZIP where the browser cannot unpack
 */
async function unpack(text) {
  const packed = text.startsWith("u") ? fromBase64Url(text.slice(1)) : null;
  need(packed !== null && packed.length >= 18, "E-STATUS-ENCODING");
  if (typeof DecompressionStream === "undefined") throw new Unavailable("E-PAGE-NO-GZIP");
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  const pieces = [];
  let length = 0;
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      length += step.value.length;
      if (length > MOST_BYTES) break;
      pieces.push(step.value);
    }
  } catch {
    throw new Refused("E-STATUS-ENCODING");
  }
  if (length > MOST_BYTES) {
    reader.cancel().catch(() => {}); // what is left of it concerns nobody
    throw new Refused("E-STATUS-SIZE", { found: `> ${MOST_BYTES}`, limit: MOST_BYTES });
  }
  // The member says its length at its end; a second member, or bytes after it, would leave another number there.
  const end = new DataView(packed.buffer, packed.byteOffset + packed.length - 4);
  need(end.getUint32(0, true) === length, "E-STATUS-ENCODING");
  need(length * 8 >= FEWEST_ENTRIES, "E-STATUS-SHORT", { found: length * 8, needed: FEWEST_ENTRIES });
  const bits = new Uint8Array(length);
  pieces.reduce((at, piece) => (bits.set(piece, at), at + piece.length), 0);
  return bits;
}
