/**
 * Which module answers which suite of test vectors. To add one, write `suites/NAME.ts` with an object of operations and
 * name it here; a module is imported when a file asks for its suite.
 *
 * @module
 */
import type { Crypto } from '#shared/crypto/types';
import type { Suite } from './vectors.ts';

/** Makes a suite of operations over a provider of cryptography. */
export type LoadSuite = (crypto: Crypto) => Promise<Suite>;

export const suites: Readonly<Record<string, LoadSuite>> = {
  'crypto/x25519': async (crypto) => (await import('./suites/crypto.ts')).x25519(crypto),
  'crypto/ed25519': async (crypto) => (await import('./suites/crypto.ts')).ed25519(crypto),
  'crypto/seal-box': async (crypto) => (await import('./suites/crypto.ts')).sealBox(crypto),
  'crypto/hkdf': async (crypto) => (await import('./suites/crypto.ts')).hkdf(crypto),
  'evaluate/classification': async () => (await import('./suites/classification.ts')).classification,
  'evaluate/retrieval': async () => (await import('./suites/retrieval.ts')).retrieval,
  'evaluate/segmentation': async () => (await import('./suites/segmentation.ts')).segmentation,
  'log/merkle': async (crypto) => (await import('./suites/merkle.ts')).merkle(crypto),
  'methods/brgsa': async () => (await import('./suites/brgsa.ts')).brgsa,
  'methods/clip-it': async () => (await import('./suites/clip-it.ts')).clipIt,
  'methods/contrastive': async () => (await import('./suites/contrastive.ts')).contrastive,
  'methods/mcr': async () => (await import('./suites/mcr.ts')).mcr,
  'methods/selip': async () => (await import('./suites/selip.ts')).selip,
  'methods/semise': async () => (await import('./suites/semise.ts')).semise,
  'model/lora-aggregate': async () => (await import('./suites/lora-aggregate.ts')).loraAggregate,
  'model/server-optimizer': async () => (await import('./suites/server-optimizer.ts')).serverOptimizer,
  'secagg/context': async (crypto) => (await import('./suites/context.ts')).context(crypto),
  'secagg/graph': async (crypto) => (await import('./suites/graph.ts')).graph(crypto),
  'secagg/mask': async (crypto) => (await import('./suites/mask.ts')).mask(crypto),
  'secagg/pack': async () => (await import('./suites/pack.ts')).pack,
  'secagg/quantize': async () => (await import('./suites/quantize.ts')).quantize,
  'secagg/shamir': async (crypto) => (await import('./suites/shamir.ts')).shamir(crypto),
  'secagg/stream': async (crypto) => (await import('./suites/stream.ts')).stream(crypto),
};
