// Other implementations of did:webvh (didwebvh-ts) and of Bitstring Status List (Digital Bazaar). Reads one JSON
// request a line, answers one JSON line each. Signatures are verified with Node's own crypto; nothing is fetched.
import {BitstringStatusList} from '@digitalbazaar/vc-bitstring-status-list';
import {resolveDIDFromLog} from 'didwebvh-ts';
import {createPublicKey, verify as verifySignature} from 'node:crypto';
import {createInterface} from 'node:readline';

const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const verifier = {
  async verify(signature, message, publicKey) {
    const key = createPublicKey({key: Buffer.concat([SPKI, publicKey]), format: 'der', type: 'spki'});
    return verifySignature(null, message, key, signature);
  }
};

const ACTIONS = {
  async resolve({log, witness, did, versionNumber}) {
    const options = {verifier, witnessProofs: witness, requestedDid: did};
    if(versionNumber) options.versionNumber = versionNumber;
    const found = await resolveDIDFromLog(log, options);
    if(found.meta.error) throw new Error(JSON.stringify(found.meta));
    return {did: found.did, doc: found.doc, versionId: found.meta.versionId, deactivated: found.meta.deactivated};
  },
  async decode({encodedList, places}) {
    const list = await BitstringStatusList.decode({encodedList});
    return {length: list.length, set: places.map(place => list.getStatus(place))};
  },
  async encode({length, places}) {
    const list = new BitstringStatusList({length});
    places.forEach(place => list.setStatus(place, true));
    return {encodedList: await list.encode()};
  }
};

for await (const line of createInterface({input: process.stdin})) {
  const request = JSON.parse(line);
  let answer;
  try {
    answer = {ok: true, ...await ACTIONS[request.action](request)};
  } catch(error) {
    answer = {ok: false, reason: String(error?.message ?? error).slice(0, 300)};
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
