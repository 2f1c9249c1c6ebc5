/**
 * The list of all recognition records: whether it is what the log has, what its entries amount to, and of when it is.
 *
 * The second reader beside recognise/listing.py and check/listing.py. What is proved: the list and every entry that it names
 * stand in the log, and the records are what those entries amount to. That it names all is the word of the log as of the list;
 * what came after is read from the log, as far as this page reads it.
 */
import { decodeText, digestText, encodeText, fromBase64, fromHex, need, Refused, sameBytes, Unavailable } from "./bytes.js";
import { canonicalise } from "./evaluator.js";
import { leafHash, prefixRoot, verifyInclusion } from "./merkle.js";
import { readMoment } from "./moments.js";
import { isAboutRecognition, recordJson, recordsOfEvents } from "./records.js";
import { Entries, openCheckpoint, verifyProof } from "./tlog.js";
import { judgeCheckpoint, readPolicy } from "./witness.js";

const FORMAT = "footproof-recognition-index/2";
const LISTED = "recognition.listed";
const FILE = /^recognition\/[A-Za-z0-9_-]{1,100}\.jwt$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/;
const MOST_BUNDLES = 16;
const AHEAD = 86_400_000; // [ms] by how much the clock of this device may be behind that of the log

/**
 * Read `recognition/index.json`; nothing is verified yet.
 *
 * @returns {{index: object, event: object, proof: Uint8Array, items: object[]}}
 * @throws {Refused} E-CHECK-INDEX
 */
export function readListing(bytes) {
  const text = decodeText(bytes, "E-CHECK-INDEX");
  try {
    const file = JSON.parse(text);
    need(canonicalise(file) === text && file.format === FORMAT, "E-CHECK-INDEX");
    needMembers(file, "entries event format index proof");
    readIndex(file.index);
    need(isObject(file.event) && typeof file.proof === "string", "E-CHECK-INDEX");
    need(file.entries.length === file.index.entries.length, "E-CHECK-INDEX");
    return { index: file.index, event: file.event, proof: encodeText(file.proof), items: file.entries.map(readItem) };
  } catch {
    throw new Refused("E-CHECK-INDEX"); // not JSON, without a canonical form, or with members of another kind
  }
}

function readIndex(index) {
  const is = (holds) => need(holds, "E-CHECK-INDEX");
  needMembers(index, "entries issued log records relied_upon_until v");
  needMembers(index.log, "origin root size");
  const { entries, records, log } = index;
  is(index.v === 1 && typeof log.origin === "string" && DIGEST.test(log.root) && isCount(log.size));
  is([index.issued, index.relied_upon_until].every((moment) => TIME.test(moment) && readMoment(moment) !== null));
  is(index.issued <= index.relied_upon_until);
  is(entries.every((at, n) => isCount(at) && at < log.size && (n === 0 || at > entries[n - 1])));
  records.forEach((one) => needMembers(one, "digest file"));
  is(records.every(({ file, digest }, n) => FILE.test(file) && DIGEST.test(digest) && (n === 0 || file > records[n - 1].file)));
}

function readItem(item) {
  needMembers(item, "event object path");
  const path = item.path.map(fromBase64);
  need(path.length < 64 && path.every((hash) => hash !== null), "E-CHECK-INDEX");
  return { event: item.event, object: item.object, path };
}

function needMembers(record, names) {
  need(isObject(record) && Object.keys(record).sort().join(" ") === names, "E-CHECK-INDEX");
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value) {
  return Number.isSafeInteger(value) && value >= 0;
}

/**
 * Return of when the records at hand are.
 *
 * @param {object} file from `readListing`
 * @param {Map<string, object>} stated the records by their file, of which the signatures have held
 * @param {{trust: object, inclusion: object | null, now: number, readLog: function | null, subtle: SubtleCrypto}} means
 *   `inclusion` of the certificate, which must be of the same log and stand before the list; the moment asked about [ms];
 *   a reader of the log beside the page
 * @returns {Promise<{asOf: string, reliedUntil: string, read: string}>}
 * @throws {Refused} E-CHECK-INDEX-LOG, E-CHECK-INDEX-ORIGIN, E-CHECK-RECORD-LOG; as `verifyProof` and `judgeCheckpoint`
 * @throws {Unavailable} E-CHECK-INDEX-OLDER, E-CHECK-RECORD-LATER, E-CHECK-INDEX-STALE, E-CHECK-INDEX-AHEAD: nothing is known
 */
export async function checkListing(file, stated, { trust, inclusion, now, readLog, subtle }) {
  const { index } = file;
  const proved = await inLog(file, trust, subtle);
  if (inclusion !== null) {
    const needed = inclusion.checkpoint.origin;
    need(needed === index.log.origin, "E-CHECK-INDEX-ORIGIN", { found: index.log.origin, needed });
    const detail = { position: String(inclusion.index), size: index.log.size };
    if (inclusion.index >= BigInt(index.log.size)) throw new Unavailable("E-CHECK-INDEX-OLDER", detail);
  }
  await checkRecords(file, stated, subtle);
  const read = readLog === null ? 0n : await readOn(file, stated, proved, readLog, subtle);
  if (proved.checkpoint.unchecked) throw proved.checkpoint.unchecked;
  const [issued, until] = [index.issued, index.relied_upon_until];
  const at = new Date(now).toISOString().replace(/\.[0-9]+Z$/, "Z");
  if (readMoment(issued) > now + AHEAD) throw new Unavailable("E-CHECK-INDEX-AHEAD", { issued, at });
  if (now > readMoment(until)) throw new Unavailable("E-CHECK-INDEX-STALE", { until, at });
  return { asOf: issued, reliedUntil: until, read: read > 0n ? String(read) : "" };
}

/** Check that a log of the trust list has the list at the place that it names itself. */
async function inLog({ index, event, proof }, trust, subtle) {
  const entry = encodeText(canonicalise(event));
  const proved = await verifyProof(proof, entry, trust.logs, subtle);
  const { origin, size } = proved.checkpoint;
  need(origin === index.log.origin, "E-CHECK-INDEX-ORIGIN", { found: index.log.origin, needed: origin });
  if (trust.policy !== undefined && !proved.checkpoint.unchecked) {
    const { met, ...counts } = await judgeCheckpoint(proved.signed, await readPolicy(trust.policy, subtle), subtle);
    need(met, "E-LOG-QUORUM", counts);
  }
  // Whoever keeps the log states the list, under the name of the log: nobody else may enter such an event.
  const needed = [LISTED, origin, await digestText(subtle, encodeText(canonicalise(index))), index.issued];
  const said = [event.type, event.actor, event.object, event.at];
  need(needed.every((word, at) => said[at] === word), "E-CHECK-INDEX-LOG", { found: said.join(" ").slice(0, 200) });
  const before = await prefixRoot(subtle, { index: proved.index, size, path: proved.path });
  const same = proved.index === BigInt(index.log.size) && sameBytes(before, rootOf(index));
  need(same, "E-CHECK-INDEX-LOG", { found: String(proved.index) });
  return proved;
}

function rootOf(index) {
  return fromHex(index.log.root.slice("sha256:".length));
}

/** Check that the entries stand below the root of the list, and that the records are what they amount to. */
async function checkRecords({ index, items }, stated, subtle) {
  const [size, root] = [BigInt(index.log.size), rootOf(index)];
  const proved = items.map(async ({ event, object, path }, at) => {
    const leaf = await leafHash(subtle, encodeText(canonicalise(event)));
    await verifyInclusion(subtle, { leaf, index: BigInt(index.entries[at]), size, root, path });
    return { event, object, sound: (await digestText(subtle, encodeText(canonicalise(object)))) === event.object };
  });
  const { records, refused } = recordsOfEvents(await Promise.all(proved));
  const listed = new Map(index.records.map(({ file, digest }) => [file, digest]));
  const refuse = (name) => new Refused("E-CHECK-RECORD-LOG", { name, reason: refused[0] ?? "—" });
  for (const [file, record] of stated) {
    const own = canonicalise(recordJson(record));
    const at = records.findIndex((one) => canonicalise(recordJson(one)) === own);
    if (at < 0 || listed.get(file) !== (await digestText(subtle, encodeText(own)))) throw refuse(`${record.kind} ${record.id}`);
    records.splice(at, 1);
  }
  if (records.length > 0) throw refuse(`${records[0].kind} ${records[0].id}`);
}

/** Read the log from the list on; return how far, 0 where it could not be read. */
async function readOn({ event }, stated, { index: position, log }, readLog, subtle) {
  const staters = new Set([...stated.values()].map((one) => JSON.stringify([one.kind, one.stated_by])));
  try {
    const signed = await readLog("checkpoint");
    if (signed === null) return 0n;
    const checkpoint = await openCheckpoint(signed, log, subtle);
    if (checkpoint.size <= position) return 0n; // an older copy of the log
    const entries = new Entries(checkpoint, readLog, subtle);
    await entries.open();
    return await readBundles(entries, position, encodeText(canonicalise(event)), staters);
  } catch (problem) {
    // That the log beside the page is out of reach or damaged, the check of later entries says.
    if (!(problem instanceof Refused) || problem.code.startsWith("E-CHECK-")) throw problem;
    return 0n;
  }
}

async function readBundles(entries, position, own, staters) {
  const first = position / 256n;
  let end = 0n;
  for (let bundle = first; bundle < first + BigInt(MOST_BUNDLES) && bundle * 256n < entries.size; bundle += 1n) {
    const held = await entries.bundle(bundle);
    held.forEach((entry, n) => {
      const at = bundle * 256n + BigInt(n);
      if (at === position) need(sameBytes(entry, own), "E-CHECK-INDEX-LOG", { found: `log/ ${at}` });
      if (at > position) refuseLater(entry, at, staters);
    });
    end = bundle * 256n + BigInt(held.length);
  }
  return end;
}

/** Stop at an entry that may change a record of the list. */
function refuseLater(entry, at, staters) {
  let event = null;
  try {
    event = JSON.parse(new TextDecoder().decode(entry));
  } catch {
    return; // says nothing to any reader of ours
  }
  const kind = isAboutRecognition(event);
  if (kind === null || !staters.has(JSON.stringify([kind, event.actor]))) return;
  const detail = { index: String(at), kind: event.type, name: String(event.subject).slice(0, 80), at: String(event.at).slice(0, 40) };
  throw new Unavailable("E-CHECK-RECORD-LATER", detail);
}
