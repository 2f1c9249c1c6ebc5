/**
 * Read a package: a stored ZIP with sorted names and fixed dates, whose every byte follows from its parts.
 *
 * The form is that of docs/reference/package.md. The parts are taken out, packed again and compared with the file, so order,
 * dates, comments, extra fields and bytes between entries cannot differ; nothing is ever inflated or written to a path.
 * Lines of a confidential part may be withheld: then the manifest has a commitment in the place of the line.
 */
import { concat, decodeText, digestText, encodeText, fromHex, need, sameBytes, sha256, toHex } from "./bytes.js";
import { canonicalise } from "./evaluator.js";
import { fourBytes, leafHash, lineCommitment, linesRoot, treeRoot } from "./merkle.js";

const FORMAT = "footproof-package/1";
const CONFIDENTIAL_FORMAT = "footproof-package/2";
const MANIFEST = "manifest.json";
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_PARTS = 1000;
const MOST_LINES = 200_000;
const LONGEST_PATH = 200;
const LONGEST_READER = 200;
const HASH = /^[0-9a-f]{64}$/;
const CONFIDENTIAL = 0x80; // where a public leaf has the length of its salt
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
 * @returns {Promise<{parts: Map<string, Uint8Array>, digest: string | null, withheld: Map<string, number>,
 *   roots: Map<string, string>, reader: string}>} `parts` has what can be read in full, `withheld` how many lines of the others
 *   are not shown, `roots` the digests of confidential parts
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
  const roots = new Map();
  const digest = subtle ? await matchLeaves(manifest, parts, roots, subtle) : null;
  need(sameBytes(pack(new Map(parts).set(MANIFEST, manifestBytes)), data), "E-PACKAGE-NOT-AS-WRITTEN");
  const withheld = countWithheld(manifest);
  const whole = new Map([...parts].filter(([path]) => !withheld.has(path)));
  return { parts: whole, digest, withheld, roots, reader: manifest.for ?? "" };
}

function countWithheld(manifest) {
  const counts = manifest.parts.map(({ path, lines = [] }) => [path, lines.filter((line) => !isOpened(line)).length]);
  return new Map(counts.filter(([, count]) => count > 0));
}

function isOpened(line) {
  return Array.isArray(line);
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
  const { for: reader, ...rest } = isRecord(manifest) ? manifest : {};
  need(hasKeys(rest, ["package", "parts", "root"]), "E-PACKAGE-FORM", { part: MANIFEST });
  need(Array.isArray(manifest.parts) && manifest.parts.every(isPart), "E-PACKAGE-FORM", { part: MANIFEST });
  const confidential = manifest.parts.some(({ lines }) => lines !== undefined);
  const format = confidential ? CONFIDENTIAL_FORMAT : FORMAT;
  need(manifest.package === format, "E-PACKAGE-FORM", { part: MANIFEST });
  need(reader === undefined || (confidential && isReader(reader)), "E-PACKAGE-FORM", { part: MANIFEST });
  const count = manifest.parts.reduce((sum, { lines = [] }) => sum + lines.length, 0);
  need(count <= MOST_LINES, "E-PACKAGE-FORM", { part: MANIFEST });
  return manifest;
}

function isReader(text) {
  const length = typeof text === "string" ? [...text].length : 0;
  return length > 0 && length <= LONGEST_READER && text.normalize("NFC") === text;
}

function isPart(part) {
  if (hasKeys(part, ["leaf", "path", "salt"])) return part.salt === "" && typeof part.path === "string";
  if (!hasKeys(part, ["leaf", "lines", "path"]) || typeof part.path !== "string") return false;
  const named = PATH.test(part.path) && part.path.length <= LONGEST_PATH;
  return named && Array.isArray(part.lines) && part.lines.length > 0 && part.lines.every(isLine);
}

function isLine(line) {
  if (typeof line === "string") return HASH.test(line);
  if (!isOpened(line) || line.length !== 2) return false;
  return Number.isSafeInteger(line[0]) && line[0] >= 0 && typeof line[1] === "string" && HASH.test(line[1]);
}

function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasKeys(record, keys) {
  const found = isRecord(record) ? Object.keys(record) : [];
  return found.length === keys.length && found.sort().every((key, index) => key === keys[index]);
}

function checkListed(manifest, parts) {
  const listed = manifest.parts.map(({ path }) => path);
  const rising = listed.every((path, at) => at === 0 || listed[at - 1] < path);
  need(rising && listed.length <= MOST_PARTS && !listed.includes(MANIFEST), "E-PACKAGE-FORM", { part: MANIFEST });
  const shown = manifest.parts.filter(({ lines }) => lines === undefined || lines.some(isOpened)).map(({ path }) => path);
  const held = [...parts.keys()].sort();
  const same = shown.length === held.length && shown.every((path, index) => path === held[index]);
  need(same, "E-PACKAGE-FORM", { part: MANIFEST });
}

/** Compare every part with its leaf and the leaves with the root; return the package's digest, and set the roots. */
async function matchLeaves(manifest, parts, roots, subtle) {
  const leaves = [];
  for (const { path, leaf, lines } of manifest.parts) {
    if (lines) roots.set(path, await rootOf(subtle, path, lines, parts.get(path) ?? new Uint8Array(0)));
    const found = lines
      ? await confidentialLeaf(subtle, path, lines.length, roots.get(path))
      : await partLeaf(subtle, path, parts.get(path));
    need(toHex(found) === leaf, "E-PACKAGE-DIGEST", { part: path });
    leaves.push(found);
  }
  for (const [path, root] of roots) roots.set(path, "sha256:" + toHex(root));
  const digest = "sha256:" + toHex(await treeRoot(subtle, leaves));
  need(digest === manifest.root, "E-PACKAGE-DIGEST", { part: "root" });
  return digest;
}

/** Return the root over the lines of a confidential part, those that are shown and those that are not. */
async function rootOf(subtle, path, lines, content) {
  const size = lines.reduce((sum, line) => sum + (isOpened(line) ? line[0] : 0), 0);
  need(size === content.length, "E-PACKAGE-DIGEST", { part: path });
  let position = 0;
  const commitments = lines.map((line) => {
    if (!isOpened(line)) return fromHex(line);
    const start = position;
    position += line[0];
    return lineCommitment(subtle, fromHex(line[1]), content.subarray(start, position));
  });
  return linesRoot(subtle, await Promise.all(commitments));
}

/** Return the leaf of a public part: path, an empty salt and the digest of the content. */
async function partLeaf(subtle, path, content) {
  return leafHash(subtle, concat(Uint8Array.of(0), named(path), await sha256(subtle, content)));
}

/** Return the leaf of a confidential part: path, the number of its lines and their root. */
function confidentialLeaf(subtle, path, count, root) {
  return leafHash(subtle, concat(Uint8Array.of(CONFIDENTIAL), named(path), fourBytes(count), root));
}

function named(path) {
  return concat(Uint8Array.of(path.length >> 8, path.length & 255), encodeText(path));
}

/** Return the digest of one part as `sha256:<hex>`; of a confidential one it tells nothing about what is withheld. */
export async function partDigest(subtle, { parts, roots }, path) {
  if (roots.has(path)) return roots.get(path);
  return parts.has(path) ? digestText(subtle, parts.get(path)) : "";
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
