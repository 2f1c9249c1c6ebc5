/**
 * The log as a reader meets it: signed note, checkpoint, proof file, tiles and bundles of entries.
 *
 * Follows docs/reference/log.md and the C2SP texts it names. Every line has one spelling; a line of a known key that does not
 * verify spoils the whole note; tiles are believed only as far as they lead to the signed root.
 */
import {
  concat,
  decodeText,
  encodeText,
  fromBase64,
  need,
  Refused,
  sameBytes,
  sha256,
  toBase64Url,
  toHex,
  Unavailable,
} from "./bytes.js";
import { signatureHolds } from "./keys.js";
import { HASH_SIZE, leafHash, treeRoot, verifyInclusion } from "./merkle.js";

const PROOF_HEADER = "c2sp.org/tlog-proof@v1";
const MOST_NOTE = 1_000_000;
const MOST_LINES = 100;
const MOST_KEY = 10_000;
const MOST_HASHES = 63;
const ED25519 = 1;
const DASH = "— ";
const WIDTH = 256;

/**
 * Read a log of the trust list: `{origin, vkey}` with a key line `name+hex+base64`.
 *
 * @throws {Refused} E-LOG-VKEY where the line is not an Ed25519 key, or its id belongs to another key or name
 */
export async function readLog({ origin, vkey }, subtle) {
  const { name, id, kind, key } = await readKey(vkey, subtle);
  need(kind === ED25519 && key.length === 32, "E-LOG-VKEY");
  return { origin, name, id, key };
}

/** Read a key line, of a log or of a witness, whatever its type. */
export async function readKey(vkey, subtle) {
  const parts = vkey.length <= MOST_KEY ? /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey) : null;
  const typed = parts && fromBase64(parts[3]);
  need(typed && typed.length > 0, "E-LOG-VKEY");
  const id = (await sha256(subtle, concat(encodeText(parts[1] + "\n"), typed))).subarray(0, 4);
  need(toHex(id) === parts[2], "E-LOG-VKEY");
  return { name: parts[1], id, kind: typed[0], key: typed.subarray(1) };
}

/** Read text and signature lines of a note; nothing is verified yet. */
export function readNote(bytes) {
  need(bytes.length <= MOST_NOTE, "E-LOG-NOTE-LIMIT");
  const whole = decodeText(bytes, "E-LOG-NOTE-TEXT");
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  need(!/[\x00-\x09\x0b-\x1f]/.test(whole), "E-LOG-NOTE-TEXT");
  const cut = whole.lastIndexOf("\n\n");
  need(cut >= 0 && whole.endsWith("\n") && whole.length > cut + 2, "E-LOG-NOTE-SHAPE");
  const lines = whole.slice(cut + 2, -1).split("\n");
  need(lines.length <= MOST_LINES, "E-LOG-NOTE-LIMIT");
  return { text: whole.slice(0, cut + 1), signatures: lines.map(readSignature) };
}

function readSignature(line) {
  const parts = /^— ([^\s+]+) (\S+)$/.exec(line);
  const value = parts && fromBase64(parts[2]);
  need(line.startsWith(DASH) && value && value.length >= 5, "E-LOG-NOTE-LINE");
  return { name: parts[1], id: value.subarray(0, 4), value: value.subarray(4) };
}

/** Read origin, size and root of a note text. */
export function readCheckpoint(text) {
  const lines = text.split("\n");
  need(lines.length === 4 && lines[3] === "" && lines[0] !== "", "E-LOG-CHECKPOINT");
  const [size, root] = [readCount(lines[1]), fromBase64(lines[2])];
  need(size !== null && size > 0n && root && root.length === HASH_SIZE, "E-LOG-CHECKPOINT");
  return { origin: lines[0], size, root, text };
}

/**
 * Return the checkpoint of a signed note, and whether its signature could be checked here.
 *
 * @returns {Promise<{origin: string, size: bigint, root: Uint8Array, text: string, unchecked: Unavailable | null}>}
 * @throws {Refused} malformed, of another log, not signed by its key, or with a signature that does not hold
 */
export async function openCheckpoint(bytes, log, subtle) {
  const note = readNote(bytes);
  const checkpoint = readCheckpoint(note.text);
  need(checkpoint.origin === log.origin, "E-LOG-ORIGIN", { found: checkpoint.origin, needed: log.origin });
  const mine = note.signatures.filter(({ name, id }) => name === log.name && sameBytes(id, log.id));
  need(mine.length > 0, "E-LOG-UNSIGNED", { needed: log.name });
  let unchecked = null;
  try {
    for (const { value } of mine) {
      need(await verifyEd25519(subtle, log.key, value, encodeText(note.text)), "E-LOG-SIGNATURE", { needed: log.name });
    }
  } catch (problem) {
    if (!(problem instanceof Unavailable)) throw problem;
    unchecked = problem; // what needs no signature is still worth checking
  }
  return { ...checkpoint, unchecked };
}

/** Return whether an Ed25519 signature is that of a key of 32 bytes. */
export async function verifyEd25519(subtle, key, signature, text) {
  return signatureHolds({ kty: "OKP", crv: "Ed25519", x: toBase64Url(key) }, signature, text, subtle);
}

/** Read a proof file; nothing is verified yet. */
export function readProof(bytes) {
  need(bytes.length <= 2 * MOST_NOTE, "E-LOG-NOTE-LIMIT");
  const cut = bytes.findIndex((byte, at) => byte === 10 && bytes[at + 1] === 10);
  need(cut > 0 && bytes.subarray(0, cut).every((byte) => byte < 128), "E-LOG-PROOF");
  const lines = decodeText(bytes.subarray(0, cut), "E-LOG-PROOF").split("\n");
  need(lines.shift() === PROOF_HEADER, "E-LOG-PROOF");
  if (lines[0]?.startsWith("extra ")) need(fromBase64(lines.shift().slice(6))?.length > 0, "E-LOG-PROOF");
  const [label, number, ...more] = (lines.shift() ?? "").split(" ");
  const index = readCount(number ?? "");
  need(label === "index" && index !== null && more.length === 0 && lines.length <= MOST_HASHES, "E-LOG-PROOF");
  const path = lines.map(fromBase64);
  need(path.every((hash) => hash !== null && hash.length === HASH_SIZE), "E-LOG-PROOF");
  return { index, path, checkpoint: bytes.subarray(cut + 2) };
}

/** Check that a log of the trust list holds an entry; return proof, log and checkpoint. */
export async function verifyProof(bytes, entry, logs, subtle) {
  const proof = readProof(bytes);
  const { origin } = readCheckpoint(readNote(proof.checkpoint).text);
  const trusted = logs.find((log) => log.origin === origin);
  need(trusted !== undefined, "E-LOG-ORIGIN", { found: origin });
  const log = await readLog(trusted, subtle);
  const checkpoint = await openCheckpoint(proof.checkpoint, log, subtle);
  const { size, root } = checkpoint;
  await verifyInclusion(subtle, { leaf: await leafHash(subtle, entry), index: proof.index, size, root, path: proof.path });
  return { index: proof.index, path: proof.path, log, checkpoint, signed: proof.checkpoint };
}

/** Return a number of 0 to 2^53 - 1 in its one spelling, or null; no log here grows beyond. */
function readCount(text) {
  return /^(?:0|[1-9][0-9]{0,14})$/.test(text) ? BigInt(text) : null;
}

// ------------------------------------------------------------------------------------------------ tiles

/** Return the path of a tile; level null is a bundle of entries. */
export function tilePath(level, index, width) {
  let groups = String(index % 1000n).padStart(3, "0");
  for (let rest = index / 1000n; rest > 0n; rest /= 1000n) groups = `x${String(rest % 1000n).padStart(3, "0")}/${groups}`;
  return `tile/${level ?? "entries"}/${groups}` + (width < WIDTH ? `.p/${width}` : "");
}

/** Entries of a log under one checkpoint, each believed only once its hash leads to the root. */
export class Entries {
  /**
   * @param {{size: bigint, root: Uint8Array}} checkpoint verified by the caller
   * @param {function(string): Promise<Uint8Array | null>} read a published file, null where there is none
   */
  constructor({ size, root }, read, subtle) {
    Object.assign(this, { size, root, read, subtle, edge: [], full: new Map() });
  }

  /** Read the right edge, all partial tiles, and check that it closes to the root. Call this first. */
  async open() {
    let carry = [];
    for (let level = 0, count = this.size; count > 0n; level += 1, count /= 256n) {
      const width = Number(count % 256n);
      this.edge.push(width > 0 ? await this.hashes(level, count / 256n, width) : []);
      const row = [...this.edge[level], ...carry];
      carry = row.length > 0 ? [await treeRoot(this.subtle, row)] : [];
    }
    need(carry.length === 1 && sameBytes(carry[0], this.root), "E-LOG-ROOT");
  }

  /** Return the entries of bundle `index`. */
  async bundle(index) {
    const width = index === this.size / 256n ? Number(this.size % 256n) : WIDTH;
    const entries = splitBundle(await this.file(null, index, width)).slice(0, width);
    need(entries.length === width, "E-LOG-BUNDLE");
    const leaves = await Promise.all(entries.map((entry) => leafHash(this.subtle, entry)));
    if (width < WIDTH) {
      need(leaves.every((leaf, at) => sameBytes(leaf, this.edge[0][at])), "E-LOG-LINK");
    } else {
      await this.checkAbove(0, index, leaves);
    }
    return entries;
  }

  /** Check a full row of 256 against the hash that the tile above has for it. */
  async checkAbove(level, index, hashes) {
    const above = await this.row(level + 1, index / 256n);
    const expected = above[Number(index % 256n)];
    need(expected && sameBytes(await treeRoot(this.subtle, hashes), expected), "E-LOG-LINK");
  }

  async row(level, index) {
    const count = this.size >> BigInt(8 * level);
    if (index === count / 256n) return this.edge[level] ?? [];
    const name = `${level}/${index}`;
    if (!this.full.has(name)) {
      const hashes = await this.hashes(level, index, WIDTH);
      await this.checkAbove(level, index, hashes);
      this.full.set(name, hashes);
    }
    return this.full.get(name);
  }

  async hashes(level, index, width) {
    const data = await this.file(level, index, width);
    need(data.length % HASH_SIZE === 0 && data.length >= width * HASH_SIZE, "E-LOG-TILE");
    return Array.from({ length: width }, (_, at) => data.subarray(at * HASH_SIZE, (at + 1) * HASH_SIZE));
  }

  /** Return a published file; a partial one may have given way to the full one since the checkpoint. */
  async file(level, index, width) {
    const path = tilePath(level, index, width);
    const data = (await this.read(path)) ?? (width < WIDTH ? await this.read(tilePath(level, index, WIDTH)) : null);
    if (data === null) throw new Unavailable("E-LOG-MISSING", { file: path });
    return data;
  }
}

function splitBundle(data) {
  const entries = [];
  for (let at = 0; at < data.length; ) {
    const end = at + 2 + data[at] * 256 + data[at + 1];
    if (!(end <= data.length)) throw new Refused("E-LOG-BUNDLE");
    entries.push(data.subarray(at + 2, end));
    at = end;
  }
  return entries;
}
