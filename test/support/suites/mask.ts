/** Suite `secagg/mask`. @module */
import type { Crypto } from '#shared/crypto/types';
import {
  keystreamWords,
  maskUpload,
  masksWithDropout,
  pairwiseInfo,
  pairwiseMask,
  removeMasks,
  selfMask,
  selfMaskInfo,
} from '#shared/secagg/mask';
import { bySiteId } from '#shared/util/ids';
import type { SiteId } from '#shared/util/ids';
import { bySite, bytes, hex, list, nullable, number, numbers, object, site, sites } from '../vector-input.ts';
import type { Json, JsonObject, Suite } from '../vectors.ts';

export function mask(crypto: Crypto): Suite {
  return {
    keystream: ({ key, length, modulusBits }) => ({
      words: [...keystreamWords(crypto, bytes(key), number(length), number(modulusBits))],
    }),
    keystreamDigest: ({ key, length }) => {
      const words = keystreamWords(crypto, bytes(key), number(length), 32);
      return { sha256: hex(crypto.sha256(new Uint8Array(words.buffer))) };
    },
    pairwiseSeed: (input) => pairwise(crypto, input),
    selfMaskSeed: ({ transcript, site: id, selfMaskSeed }) => {
      const { seed } = selfMask(crypto, bytes(transcript), site(id), bytes(selfMaskSeed));
      return { info: hex(selfMaskInfo(site(id))), seed: hex(seed) };
    },
    maskedInputs: (input) => maskedInputs(crypto, input),
    unmask: (input) => ({ sum: unmask(crypto, input) }),
  };
}

function pairwise(crypto: Crypto, input: JsonObject): unknown {
  const end = {
    transcript: bytes(input['transcript']),
    site: site(input['site']),
    peer: site(input['peer']),
    maskPrivateKey: bytes(input['maskPrivateKey']),
    peerMaskPublicKey: bytes(input['peerMaskPublicKey']),
  };
  const { seed, sign } = pairwiseMask(crypto, end);
  const shared = crypto.x25519(end.maskPrivateKey, end.peerMaskPublicKey);
  return { shared: hex(shared), info: hex(pairwiseInfo(end.site, end.peer)), seed: hex(seed), sign };
}

interface Masker {
  readonly id: SiteId;
  readonly maskPrivateKey: Uint8Array;
  readonly selfMaskSeed: Uint8Array;
  readonly vector: Uint32Array;
}

function masker(item: Json): Masker {
  const entry = object(item);
  return {
    id: site(entry['site']),
    maskPrivateKey: bytes(entry['maskPrivateKey']),
    selfMaskSeed: bytes(entry['selfMaskSeed']),
    vector: Uint32Array.from(numbers(entry['vector'])),
  };
}

function maskedInputs(crypto: Crypto, input: JsonObject): unknown {
  const transcript = bytes(input['transcript']);
  const all = list(input['sites'], masker);
  const isPair = adjacency(input['neighbours']);
  const publicKeys = new Map(all.map(({ id, maskPrivateKey }) => [id, crypto.x25519PublicKey(maskPrivateKey)]));
  const pairwiseSeeds: Record<string, string> = {};
  const masked: Record<string, readonly number[]> = {};
  for (const { id, maskPrivateKey, selfMaskSeed, vector } of all) {
    const peers = all.filter((peer) => peer.id !== id && isPair(id, peer.id));
    const pairs = peers.map((peer) => {
      const peerMaskPublicKey = publicKeys.get(peer.id)!; // every site has one
      const made = pairwiseMask(crypto, { transcript, site: id, peer: peer.id, maskPrivateKey, peerMaskPublicKey });
      pairwiseSeeds[[id, peer.id].sort(bySiteId).join('|')] = hex(made.seed);
      return made;
    });
    const masks = [selfMask(crypto, transcript, id, selfMaskSeed), ...pairs];
    masked[id] = [...maskUpload(crypto, vector, masks, number(input['modulusBits']))];
  }
  const maskPublicKeys = Object.fromEntries([...publicKeys].map(([id, key]) => [id, hex(key)]));
  return { maskPublicKeys, pairwiseSeeds, masked };
}

function unmask(crypto: Crypto, input: JsonObject): readonly number[] {
  const transcript = bytes(input['transcript']);
  const isPair = adjacency(input['neighbours']);
  const masked = bySite(input['masked'], numbers);
  const publicKeys = bySite(input['maskPublicKeys'], bytes);
  const selfMasks = [...bySite(input['selfMaskSeeds'], bytes)].map(([id, b]) => selfMask(crypto, transcript, id, b));
  const pairs = [...bySite(input['maskPrivateKeysOfDropped'], bytes)].flatMap(([dropout, maskPrivateKey]) => {
    const survivors = new Map([...publicKeys].filter(([id]) => masked.has(id) && isPair(id, dropout)));
    return masksWithDropout(crypto, { transcript, dropout, maskPrivateKey, survivors });
  });
  return [...removeMasks(crypto, sumOf([...masked.values()]), [...selfMasks, ...pairs], number(input['modulusBits']))];
}

function sumOf(vectors: readonly (readonly number[])[]): Uint32Array {
  const sum = new Uint32Array(vectors[0]?.length ?? 0);
  for (const vector of vectors) for (const [i, word] of vector.entries()) sum[i]! += word;
  return sum;
}

/** `null` means that everybody is everybody's neighbour. */
function adjacency(value: Json | undefined): (a: SiteId, b: SiteId) => boolean {
  const neighbours = nullable(value, (item) => bySite(item, sites));
  return (a, b) => neighbours === null || (neighbours.get(a)?.includes(b) ?? false);
}
