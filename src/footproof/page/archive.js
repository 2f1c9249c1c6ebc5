/**
 * Read a package: a stored ZIP with sorted names and fixed dates, whose every byte follows from its parts.
 *
 * The form is that of docs/reference/package.md. The parts are taken out, packed again and compared with the file, so order,
 * dates, comments, extra fields and bytes between entries cannot differ; nothing is ever inflated or written to a path.
 */
import { concat, decodeText, digestText, encodeText, need, sameBytes, sha256, toHex } from "./bytes.js";
import { canonicalise } from "./evaluator.js";
import { leafHash, treeRoot } from "./merkle.js";

const FORMAT = "footproof-package/1";
const MANIFEST = "manifest.json";
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_PARTS = 1000;
const LONGEST_PATH = 200;
const PATH = /^[A-Za-z0-9][A-Za-z0-9_.@-]*(?:\/[A-Za-z0-9][A-Za-z0-9_.@-]*){0,7}$/;

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const VERSION = 20;
const MADE_BY = (3 << 8) | VERSION; // Unix
const FIRST_DAY = 0x21; // 1980-01-01
const PLAIN_FILE = (0o100644 << 16) >>> 0;

/**
 * Open a package and check that its bytes are exactly what its content packs into.
 *
 * @param {Uint8Array} data the file
 * @param {SubtleCrypto | undefined} subtle without it no digest is known, and `digest` is null
 * @returns {Promise<{parts: Map<string, Uint8Array>, digest: string | null}>}
 * @throws {Refused} E-PACKAGE-SIZE, E-PACKAGE-FORM, E-PACKAGE-DIGEST with the part, E-PACKAGE-NOT-AS-WRITTEN
 */
export async function openPackage(data, subtle) {
  need(data.length <= MOST_BYTES, "E-PACKAGE-SIZE", { found: data.length, most: MOST_BYTES });
  const parts = readEntries(data);
  const manifestBytes = parts.get(MANIFEST);
  need(manifestBytes !== undefined, "E-PACKAGE-FORM", { part: MANIFEST });
  parts.delete(MANIFEST);
  const manifest = readManifest(manifestBytes);
  checkListed(manifest, parts);
  const digest = subtle ? await matchLeaves(manifest, parts, subtle) : null;
  need(sameBytes(pack(new Map(parts).set(MANIFEST, manifestBytes)), data), "E-PACKAGE-NOT-AS-WRITTEN");
  return { parts, digest };
}

/** Return a part that is a canonical JSON record. */
export function readRecord(parts, path) {
  need(parts.has(path), "E-PACKAGE-FORM", { part: path });
  return readCanonical(parts.get(path), path);
}

function readCanonical(bytes, part) {
  const text = decodeText(bytes, "E-PACKAGE-FORM");
  let record;
  let same = false;
  try {
    record = JSON.parse(text);
    same = canonicalise(record) === text;
  } catch {
    // Not JSON, or without a canonical form.
  }
  need(same, "E-PACKAGE-FORM", { part });
  return record;
}

/** Take the parts out, one local header after the other; what follows the last is compared as a whole later. */
function readEntries(data) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const parts = new Map();
  let position = 0;
  while (position + 30 <= data.length && view.getUint32(position, true) === LOCAL) {
    const size = view.getUint32(position + 22, true);
    const nameLength = view.getUint16(position + 26, true);
    const start = position + 30 + nameLength;
    const plain = view.getUint16(position + 6, true) === 0 && view.getUint16(position + 8, true) === 0;
    need(plain && view.getUint16(position + 28, true) === 0, "E-PACKAGE-FORM", { reason: "packed" });
    need(nameLength <= LONGEST_PATH && start + size <= data.length, "E-PACKAGE-FORM", { reason: "size" });
    const path = String.fromCharCode(...data.subarray(position + 30, start));
    need(PATH.test(path) && !parts.has(path), "E-PACKAGE-FORM", { reason: "path" });
    need(parts.size <= MOST_PARTS, "E-PACKAGE-FORM", { reason: "count" });
    parts.set(path, data.subarray(start, start + size));
    position = start + size;
  }
  return parts;
}

function readManifest(bytes) {
  const manifest = readCanonical(bytes, MANIFEST);
  need(hasKeys(manifest, ["package", "parts", "root"]), "E-PACKAGE-FORM", { part: MANIFEST });
  need(manifest.package === FORMAT && Array.isArray(manifest.parts), "E-PACKAGE-FORM", { part: MANIFEST });
  const whole = manifest.parts.every((part) => hasKeys(part, ["leaf", "path", "salt"]) && part.salt === "");
  need(whole, "E-PACKAGE-FORM", { part: MANIFEST });
  return manifest;
}

function hasKeys(record, keys) {
  const found = typeof record === "object" && record !== null && !Array.isArray(record) ? Object.keys(record) : [];
  return found.length === keys.length && found.sort().every((key, index) => key === keys[index]);
}

function checkListed(manifest, parts) {
  const listed = manifest.parts.map(({ path }) => path);
  const held = [...parts.keys()].sort();
  const same = listed.length === held.length && listed.every((path, index) => path === held[index]);
  need(same, "E-PACKAGE-FORM", { part: MANIFEST });
}

/** Compare every part with its leaf and the leaves with the root; return the package's digest. */
async function matchLeaves(manifest, parts, subtle) {
  const leaves = [];
  for (const { path, leaf } of manifest.parts) {
    const found = await partLeaf(subtle, path, parts.get(path));
    need(toHex(found) === leaf, "E-PACKAGE-DIGEST", { part: path });
    leaves.push(found);
  }
  const digest = "sha256:" + toHex(await treeRoot(subtle, leaves));
  need(digest === manifest.root, "E-PACKAGE-DIGEST", { part: "root" });
  return digest;
}

/** Return the leaf of one part: path, an empty salt and the digest of the content. */
async function partLeaf(subtle, path, content) {
  const head = Uint8Array.of(0, path.length >> 8, path.length & 255);
  return leafHash(subtle, concat(head, encodeText(path), await sha256(subtle, content)));
}

/** Return the SHA-256 of one part as `sha256:<hex>`. */
export function partDigest(subtle, parts, path) {
  return digestText(subtle, parts.get(path));
}

/**
 * Return the one file that holds some parts, the manifest among them.
 *
 * @param {Map<string, Uint8Array>} parts content by path
 * @returns {Uint8Array}
 */
export function pack(parts) {
  const locals = [];
  const centrals = [];
  let offset = 0;
  for (const path of [...parts.keys()].sort()) {
    const content = parts.get(path);
    const common = [2, VERSION, 2, 0, 2, 0, 2, 0, 2, FIRST_DAY, 4, crc32(content), 4, content.length, 4, content.length];
    const name = encodeText(path);
    locals.push(fields(4, LOCAL, ...common, 2, name.length, 2, 0), name, content);
    const more = [2, name.length, 2, 0, 2, 0, 2, 0, 2, 0, 4, PLAIN_FILE, 4, offset];
    centrals.push(fields(4, CENTRAL, 2, MADE_BY, ...common, ...more), name);
    offset += 30 + name.length + content.length;
  }
  const directory = concat(...centrals);
  const [count, size] = [parts.size, directory.length];
  return concat(...locals, directory, fields(4, END, 2, 0, 2, 0, 2, count, 2, count, 4, size, 4, offset, 2, 0));
}

/** Write little-endian integers, given as width, value, width, value … */
function fields(...pairs) {
  const bytes = [];
  for (let at = 0; at < pairs.length; at += 2) {
    for (let byte = 0; byte < pairs[at]; byte += 1) bytes.push((pairs[at + 1] >>> (8 * byte)) & 255);
  }
  return Uint8Array.from(bytes);
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, start) => {
  let value = start;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

function crc32(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = CRC_TABLE[(value ^ byte) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}
