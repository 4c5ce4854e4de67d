/** The work on the vector in one round, chunk by chunk, as the programs do it, with a meter on every part. */
import { randomBytes } from 'node:crypto';
import { nodeCrypto } from '#shared/crypto/node';
import { leafHash, merkleAccumulator } from '#shared/log/merkle';
import type { Cipher } from '#shared/secagg/cipher/cipher';
import { maskAdder } from '#shared/secagg/mask';
import { meanInto, quantizeInto, scalingOf } from '#shared/secagg/quantize';
import type { Segment, Weighing } from '#shared/secagg/quantize';
import { segmentOutOfRange } from '#shared/secagg/range-check';
import type { Mask, SumParameters } from '#shared/secagg/types';
import { uniformSource } from '#shared/secagg/uniform-source';
import { uploadCut } from '#shared/secagg/upload-cut';
import type { UploadCut } from '#shared/secagg/upload-cut';
import { equalBytes } from '#shared/util/bytes';
import type { SiteId } from '#shared/util/ids';
import type { Meter } from './meter.ts';

/** What the sites give. */
export interface Contributions {
  readonly segment: Segment;
  readonly weighing: Weighing;
  readonly deltas: ReadonlyMap<SiteId, Float32Array>;
  /** `null` without encryption. */
  readonly dataKey: Uint8Array | null;
}

export class VectorWork {
  readonly #cut: UploadCut;
  readonly #cipher: Cipher;
  readonly #given: Contributions;
  readonly #meter: Meter;
  readonly #uploads = new Map<SiteId, readonly Uint8Array[]>();
  /** One chunk, for everybody: it is encoded before the next. */
  readonly #words: Uint32Array;
  #aggregate: readonly Uint8Array[] = [];
  /** The mean over the sites, once somebody has opened it. */
  mean: Float32Array | undefined;

  constructor(parameters: SumParameters, cipher: Cipher, given: Contributions, meter: Meter) {
    this.#cut = uploadCut(parameters);
    this.#cipher = cipher;
    this.#words = new Uint32Array(this.#cut.wordsOf(0));
    this.#given = given;
    this.#meter = meter;
  }

  /** A site: quantise, mask, encrypt or pack, hash; the chunks stay here until they are summed. */
  prepare(
    site: SiteId,
    context: Uint8Array,
    masks: readonly Mask[],
  ): { readonly root: Uint8Array; readonly chunkCount: number; readonly byteLength: number } {
    const meter = this.#meter;
    const { segment, weighing, deltas, dataKey } = this.#given;
    const delta = deltas.get(site)!; // every site of the round has one
    const scaling = meter.measure('quantise', () => scalingOf(weighing, delta));
    const uniform = uniformSource(nodeCrypto, randomBytes(32));
    const addMasks = maskAdder(nodeCrypto, masks);
    const encryptor = meter.measure('encrypt and pack', () => this.#cipher.encryptor({ dataKey, context, site }));
    const tree = merkleAccumulator(nodeCrypto);
    const chunks = this.#chunkIndices().map((index) => {
      const from = this.#cut.firstWordOf(index);
      const words = this.#words.subarray(0, this.#cut.wordsOf(index));
      meter.measure('quantise', () => {
        quantizeInto(words, segment, scaling, delta.subarray(from, from + words.length), uniform);
      });
      meter.measure('mask', () => {
        addMasks(words);
      });
      const chunk = meter.measure('encrypt and pack', () => encryptor.encrypt(words));
      meter.measure('hash', () => {
        tree.append(leafHash(nodeCrypto, chunk));
      });
      return chunk;
    });
    encryptor.dispose();
    this.#uploads.set(site, chunks);
    return { root: tree.root(), chunkCount: this.#cut.chunkCount, byteLength: this.#cut.byteLength };
  }

  /** The coordinator: whether the chunks are well formed and those of the commitment. */
  verify(site: SiteId, commitment: Uint8Array): boolean {
    return this.#meter.measure('verify', () => {
      const tree = merkleAccumulator(nodeCrypto);
      for (const [index, chunk] of this.#chunksOf(site).entries()) {
        this.#cipher.check(chunk, this.#cut.wordsOf(index));
        tree.append(leafHash(nodeCrypto, chunk));
      }
      return equalBytes(tree.root(), commitment.subarray(4, 36));
    });
  }

  /** The coordinator: the sum of U3 without its masks. */
  sum(
    u3: readonly SiteId[],
    masks: readonly Mask[],
  ): { readonly aggregateHash: Uint8Array; readonly byteLength: number } {
    const addMasks = maskAdder(nodeCrypto, masks);
    this.#aggregate = this.#chunkIndices().map((index) =>
      this.#meter.measure('sum', () => {
        const sum = this.#cipher.sum(this.#cut.wordsOf(index));
        for (const site of u3) sum.addInto(this.#chunksOf(site)[index]!); // every upload has every chunk
        const words = this.#words.subarray(0, this.#cut.wordsOf(index)).fill(0);
        addMasks(words);
        sum.subtractMask(words);
        const piece = sum.bytes();
        sum.dispose();
        return piece;
      }),
    );
    const aggregateHash = this.#meter.measure('hash', () => nodeCrypto.sha256(...this.#aggregate));
    return { aggregateHash, byteLength: this.#aggregate.reduce((length, piece) => length + piece.length, 0) };
  }

  /** A site: check, open and turn back into numbers; the first that is asked does it, for all come to the same. */
  open(context: Uint8Array, u3: readonly SiteId[], aggregateHash: Uint8Array): void {
    if (this.mean !== undefined) return;
    const meter = this.#meter;
    const { segment, weighing, dataKey } = this.#given;
    const isPublished = meter.measure('hash', () => equalBytes(nodeCrypto.sha256(...this.#aggregate), aggregateHash));
    if (!isPublished) throw new Error('the aggregate is not the one published');
    const mean = new Float32Array(segment.length);
    const opener = this.#cipher.opener({ dataKey, context, u3 });
    for (const index of this.#chunkIndices()) {
      const [from, wordCount] = [this.#cut.firstWordOf(index), this.#cut.wordsOf(index)];
      const words = meter.measure('open', () => opener.open(this.#aggregate[index]!, wordCount)); // a piece for each chunk
      meter.measure('dequantise', () => {
        const wrong = segmentOutOfRange([{ ...segment, length: wordCount }], u3.length, words);
        if (wrong !== undefined) throw new Error(`the aggregate is out of range in ${wrong}`);
        const { weightCap, exampleCount } = weighing;
        const over = { sites: u3.length, weightCap, exampleCount: u3.length * exampleCount };
        meanInto(mean.subarray(from, from + wordCount), segment, over, words);
      });
    }
    opener.dispose();
    this.mean = mean;
  }

  #chunkIndices(): readonly number[] {
    return Array.from({ length: this.#cut.chunkCount }, (_, index) => index);
  }

  #chunksOf(site: SiteId): readonly Uint8Array[] {
    return this.#uploads.get(site) ?? [];
  }
}
