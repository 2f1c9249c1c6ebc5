/**
 * The Merkle tree of RFC 6962: leaf and node hashes, roots, and whether a leaf stands under a root (RFC 9162, 2.1.3.2).
 * The log and the package both use it. Positions are BigInt, since a shift of a Number stops at 31 bits.
 */
import { concat, need, sameBytes, sha256 } from "./bytes.js";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
const COMMITMENT = Uint8Array.of(2);
export const HASH_SIZE = 32;

export function leafHash(subtle, entry) {
  return sha256(subtle, concat(LEAF, entry));
}

export function nodeHash(subtle, left, right) {
  return sha256(subtle, concat(NODE, left, right));
}

/** Return what stands for a line of a confidential part: it binds the line and hides it while the salt is unknown. */
export function lineCommitment(subtle, salt, content) {
  return sha256(subtle, concat(COMMITMENT, salt, content));
}

/** Return the root over the lines of a confidential part; a leaf binds the place of its line. */
export async function linesRoot(subtle, commitments) {
  const leaves = commitments.map((commitment, at) => leafHash(subtle, concat(fourBytes(at), commitment)));
  return treeRoot(subtle, await Promise.all(leaves));
}

/** Return a count as four bytes, the highest first. */
export function fourBytes(count) {
  return Uint8Array.of(count >>> 24, (count >>> 16) & 255, (count >>> 8) & 255, count & 255);
}

/** Return the root over hashes, left to right: leaves, or roots of equally large complete subtrees. */
export async function treeRoot(subtle, hashes) {
  if (hashes.length === 0) return sha256(subtle, new Uint8Array(0));
  let row = hashes;
  while (row.length > 1) {
    const pairs = [];
    for (let left = 0; left + 1 < row.length; left += 2) pairs.push(nodeHash(subtle, row[left], row[left + 1]));
    const next = await Promise.all(pairs);
    if (row.length % 2 === 1) next.push(row[row.length - 1]);
    row = next;
  }
  return row[0];
}

/**
 * Check that a leaf stands at `index` in the tree of `size` leaves with this root.
 *
 * @throws {Refused} E-LOG-INDEX outside the tree; E-LOG-INCLUSION where the hashes are too many, too few or lead elsewhere
 */
export async function verifyInclusion(subtle, { leaf, index, size, root, path }) {
  need(index >= 0n && index < size, "E-LOG-INDEX", { index: String(index), size: String(size) });
  const detail = { index: String(index), size: String(size) };
  let [node, last, found] = [index, size - 1n, leaf];
  for (const sibling of path) {
    need(last !== 0n && sibling.length === HASH_SIZE, "E-LOG-INCLUSION", detail);
    if (node % 2n === 1n || node === last) {
      found = await nodeHash(subtle, sibling, found);
      // A right edge without a sibling on its level rises unchanged.
      while (node !== 0n && node % 2n === 0n) [node, last] = [node >> 1n, last >> 1n];
    } else {
      found = await nodeHash(subtle, found, sibling);
    }
    [node, last] = [node >> 1n, last >> 1n];
  }
  need(last === 0n && sameBytes(found, root), "E-LOG-INCLUSION", detail);
}

/** Return the root of the tree before a leaf was appended, from a proof that `verifyInclusion` has accepted: all to its left. */
export async function prefixRoot(subtle, { index, size, path }) {
  let [node, last, found] = [index, size - 1n, null];
  for (const sibling of path) {
    if (node % 2n === 1n || node === last) {
      found = found === null ? sibling : await nodeHash(subtle, sibling, found);
      while (node !== 0n && node % 2n === 0n) [node, last] = [node >> 1n, last >> 1n];
    }
    [node, last] = [node >> 1n, last >> 1n];
  }
  return found ?? treeRoot(subtle, []);
}
