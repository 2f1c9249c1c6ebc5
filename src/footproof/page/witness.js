/**
 * How many witnesses must have cosigned a checkpoint, and how many have: C2SP tlog-policy and tlog-cosignature.
 *
 * Follows docs/reference/log.md and tlog/policy.py: names live in the policy only, what counts is the key; cosignatures of
 * another type than 0x04 are lines of unknown keys.
 */
import { concat, encodeText, need, Refused, sameBytes } from "./bytes.js";
import { openCheckpoint, readKey, readNote, verifyEd25519 } from "./tlog.js";

const MOST_POLICY = 200_000;
const MOST_NAMES = 256;
const LOG = 0x01;
const COSIGNATURE = 0x04;
const OTHER_COSIGNATURE = 0x06;
const TIME = 8; // [bytes]
const NONE = "none";

/**
 * Read a policy.
 *
 * @throws {Refused} E-LOG-POLICY with the line that is not what the format demands
 */
export async function readPolicy(text, subtle) {
  const draft = { logs: new Map(), witnesses: new Map(), groups: new Map(), quorum: null, keys: [], placed: new Set() };
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  need(text.length <= MOST_POLICY && !/[\x00-\x08\x0b-\x1f\x7f]/.test(text), "E-LOG-POLICY");
  for (const [at, line] of text.split("\n").entries()) {
    const words = line.split(/[ \t]+/).filter((word) => word !== "");
    if (words.length === 0 || words[0].startsWith("#")) continue;
    try {
      need(await readLine(draft, words, subtle), "E-LOG-POLICY");
    } catch (problem) {
      if (problem.code !== "E-LOG-POLICY" && problem.code !== "E-LOG-VKEY") throw problem;
      throw new Refused("E-LOG-POLICY", { line: at + 1 });
    }
    need(draft.logs.size + draft.witnesses.size + draft.groups.size <= MOST_NAMES, "E-LOG-POLICY", { line: at + 1 });
  }
  need(draft.quorum !== null, "E-LOG-POLICY", { line: "quorum" });
  return draft;
}

/** Take in one line; return whether it fits. */
async function readLine(draft, [first, ...words], subtle) {
  if (first === "log" && (words.length === 1 || words.length === 2)) return addLog(draft, words[0], subtle);
  if (first === "witness" && (words.length === 2 || words.length === 3)) return addWitness(draft, words, subtle);
  if (first === "group" && words.length >= 3) return addGroup(draft, words);
  if (first !== "quorum" || words.length !== 1 || draft.quorum !== null) return false;
  draft.quorum = words[0];
  return words[0] === NONE || isKnown(draft, words[0]);
}

async function addLog({ logs }, vkey, subtle) {
  const { name, id, kind, key } = await readKey(vkey, subtle);
  const twice = logs.has(name) || [...logs.values()].some((other) => sameBytes(other.key, key));
  logs.set(name, { origin: name, name, id, key });
  return kind === LOG && key.length === 32 && !twice;
}

async function addWitness(draft, [name, vkey], subtle) {
  const { kind, key, id, name: keyName } = await readKey(vkey, subtle);
  const twice = draft.keys.some((other) => sameBytes(other, key)) || isTaken(draft, name);
  draft.keys.push(key);
  draft.witnesses.set(name, { name: keyName, id, key, counts: kind === COSIGNATURE });
  return !twice && (kind === COSIGNATURE ? key.length === 32 : kind === OTHER_COSIGNATURE);
}

function addGroup(draft, [name, needed, ...members]) {
  const named = { all: members.length, any: 1 };
  const count = Object.prototype.hasOwnProperty.call(named, needed) ? named[needed] : readCount(needed);
  if (isTaken(draft, name) || !(count >= 1 && count <= members.length)) return false;
  for (const member of members) {
    if (!isKnown(draft, member) || draft.placed.has(member)) return false;
    draft.placed.add(member);
  }
  draft.groups.set(name, { needed: count, members });
  return true;
}

function readCount(text) {
  return /^[1-9][0-9]{0,5}$/.test(text) ? Number(text) : 0;
}

function isKnown({ witnesses, groups }, name) {
  return witnesses.has(name) || groups.has(name);
}

function isTaken(draft, name) {
  return name === NONE || isKnown(draft, name);
}

/**
 * Return how a signed checkpoint stands under a policy.
 *
 * @param {Uint8Array} signed the note
 * @param {object} policy from `readPolicy`
 * @returns {Promise<{found: number, total: number, needed: number, met: boolean}>}
 * @throws {Refused} E-LOG-ORIGIN where the policy names no such log; E-LOG-SIGNATURE where a line of a known key is not its
 *   signature; as `openCheckpoint`
 */
export async function judgeCheckpoint(signed, policy, subtle) {
  const note = readNote(signed);
  const origin = note.text.split("\n")[0];
  need(policy.logs.has(origin), "E-LOG-ORIGIN", { found: origin });
  const { unchecked } = await openCheckpoint(signed, policy.logs.get(origin), subtle);
  if (unchecked) throw unchecked;
  const present = new Set();
  for (const [name, witness] of policy.witnesses) {
    const lines = note.signatures.filter((line) => line.name === witness.name && sameBytes(line.id, witness.id));
    if (!witness.counts) continue;
    for (const { value } of lines) {
      need(await hasCosigned(witness.key, value, note.text, subtle), "E-LOG-SIGNATURE", { needed: witness.name });
      present.add(name);
    }
  }
  const none = policy.quorum === NONE;
  return {
    found: present.size,
    total: policy.witnesses.size,
    needed: none ? 0 : fewest(policy, policy.quorum),
    met: none || holds(policy, policy.quorum, present),
  };
}

async function hasCosigned(key, value, text, subtle) {
  if (value.length !== TIME + 64) return false;
  const time = new DataView(value.buffer, value.byteOffset, TIME).getBigUint64(0);
  if (time >= 2n ** 63n) return false;
  const message = concat(encodeText(`cosignature/v1\ntime ${time}\n`), encodeText(text));
  return verifyEd25519(subtle, key, value.subarray(TIME), message);
}

function holds(policy, name, present) {
  const group = policy.groups.get(name);
  if (group === undefined) return present.has(name);
  return group.members.filter((member) => holds(policy, member, present)).length >= group.needed;
}

function fewest(policy, name) {
  const group = policy.groups.get(name);
  if (group === undefined) return 1;
  const counts = group.members.map((member) => fewest(policy, member)).sort((one, other) => one - other);
  return counts.slice(0, group.needed).reduce((sum, count) => sum + count, 0);
}
