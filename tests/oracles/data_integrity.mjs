// Another implementation of Data Integrity: signs and verifies documents with Digital Bazaar's libraries.
// Reads one JSON request a line, answers one JSON line each. Contexts come with the request; nothing is fetched.
import * as ecdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as ecdsaJcs from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import * as eddsaJcs from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {cryptosuite as ecdsaRdfc} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import {cryptosuite as eddsaRdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import jsigs from 'jsonld-signatures';
import {createInterface} from 'node:readline';

const {purposes: {AssertionProofPurpose}} = jsigs;
const SIGN = {
  'eddsa-jcs-2022': () => eddsaJcs.createSignCryptosuite(),
  'ecdsa-jcs-2019': () => ecdsaJcs.createSignCryptosuite(),
  'eddsa-rdfc-2022': () => eddsaRdfc,
  'ecdsa-rdfc-2019': () => ecdsaRdfc
};
const VERIFY = {
  ...SIGN,
  'eddsa-jcs-2022': () => eddsaJcs.createVerifyCryptosuite(),
  'ecdsa-jcs-2019': () => ecdsaJcs.createVerifyCryptosuite()
};

function loader(contexts) {
  return async url => {
    if(url.startsWith('did:key:')) {
      const did = url.split('#')[0];
      const name = did.slice('did:key:'.length);
      const method = {
        '@context': 'https://w3id.org/security/multikey/v1', id: `${did}#${name}`, type: 'Multikey', controller: did,
        publicKeyMultibase: name
      };
      const document = url.includes('#') ? method : {
        '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'], id: did,
        verificationMethod: [method], assertionMethod: [method.id], authentication: [method.id]
      };
      return {contextUrl: null, documentUrl: url, document};
    }
    if(url in contexts) {
      return {contextUrl: null, documentUrl: url, document: contexts[url]};
    }
    throw new Error(`not at hand: ${url}`);
  };
}

async function answer({action, document, suite, contexts, key, date}) {
  const documentLoader = loader(contexts);
  const purpose = new AssertionProofPurpose();
  if(action === 'verify') {
    const proof = new DataIntegrityProof({cryptosuite: VERIFY[suite]()});
    const result = await jsigs.verify(document, {suite: proof, purpose, documentLoader});
    return {ok: result.verified, error: result.error ? String(result.error.errors ?? result.error) : null};
  }
  const library = suite.startsWith('eddsa') ? ed25519Multikey : ecdsaMultikey;
  const pair = await library.generate({curve: key});
  pair.id = `did:key:${pair.publicKeyMultibase}#${pair.publicKeyMultibase}`;
  pair.controller = `did:key:${pair.publicKeyMultibase}`;
  const proof = new DataIntegrityProof({signer: pair.signer(), cryptosuite: SIGN[suite](), date});
  return {document: await jsigs.sign(document, {suite: proof, purpose, documentLoader})};
}

for await (const line of createInterface({input: process.stdin})) {
  try {
    console.log(JSON.stringify(await answer(JSON.parse(line))));
  } catch(error) {
    console.log(JSON.stringify({ok: false, error: String(error?.cause ?? error)}));
  }
}
