import assert from 'node:assert/strict';
import { nodeCrypto as crypto } from '#shared/crypto/node';
import { keystreamWords, maskUpload } from '#shared/secagg/mask';
import { dequantize, errorBound, quantize } from '#shared/secagg/quantize';
import type { Segment } from '#shared/secagg/quantize';
import type { SumParameters } from '#shared/secagg/types';
import { uniformSource } from '#shared/secagg/uniform-source';
import { toHex } from '#shared/util/bytes';
import type { SiteId } from '#shared/util/ids';
import { Federation } from '../support/federation.ts';
import type { Op } from '../support/federation.ts';
import { bytesOf } from '../support/secrets.ts';
import { study } from '../support/study.ts';
import type { Study, StudyChoice } from '../support/study.ts';

/** The first attempt goes below the quorum in phase 2, so that there is a second. */
function silentOnce({ names, parameters }: Study): Op {
  let dropped = 0;
  return {
    op: 'forge',
    as: (packet) => {
      if (packet.kind !== 'chunks' || dropped > names.length - parameters.quorum) return undefined;
      dropped += 1;
      return [];
    },
  };
}

/** Rounds 1 and 2 of the same sites, each with two attempts. */
async function fourAttempts(choice: Omit<StudyChoice, 'round'>): Promise<readonly Federation[]> {
  const rounds: Federation[] = [];
  for (const round of [1, 2]) {
    const plan = study({ ...choice, round });
    const fed = await new Federation(plan, [silentOnce(plan)]).run();
    assert.equal(fed.coordinator.state.phase === 'closed' && fed.coordinator.state.published?.attempt, 1);
    rounds.push(fed);
  }
  return rounds;
}

const graphs = [
  ['a complete graph', { count: 4 }, 3],
  ['a sparse graph', { count: 36, parameters: { colluders: 2, dropouts: 2 } }, undefined],
] as const;

describe('mask reuse: two rounds, two attempts, two segments', () => {
  for (const [graph, choice, degreeIfComplete] of graphs) {
    it(`does not happen: every seed is one pair’s or one site’s, once, in ${graph}`, async () => {
      const uses = new Map<string, (1 | -1)[]>();
      let edges = 0;
      for (const fed of await fourAttempts(choice)) {
        assert.equal(fed.masks.length, 2 * choice.count, 'every site masked in each of two attempts');
        for (const masks of fed.masks) {
          edges += (masks.length - 1) / 2;
          if (degreeIfComplete !== undefined) assert.equal(masks.length, 1 + degreeIfComplete);
          for (const { seed, sign } of masks) uses.set(toHex(seed), [...(uses.get(toHex(seed)) ?? []), sign]);
        }
      }
      const pairs = [...uses.values()].filter((signs) => signs.length === 2);
      const selves = [...uses.values()].filter((signs) => signs.length === 1);
      assert.deepEqual([selves.length, pairs.length], [2 * 2 * choice.count, edges]);
      assert.ok(
        pairs.every(([a, b]) => a === -b!),
        'one end adds what the other subtracts',
      );
      assert.equal(uses.size, selves.length + pairs.length);
    });
  }

  it('does not happen between the segments of a vector: the stream goes on and does not begin again', () => {
    const words = keystreamWords(crypto, bytesOf('seed'), 64, 32);
    assert.equal(new Set(words).size, 64);
  });
});

describe('two-time-pad probe: difference of any two uploads of one site', () => {
  const parameters = { wordCount: 4096, modulusBits: 8, chunkBytes: 4096 };

  /** Of the differences of two uploads of 4,096 bytes, against the uniform distribution over 256 values. */
  function chiSquare(a: Uint8Array, b: Uint8Array): number {
    const counts = new Float64Array(256);
    for (const [i, byte] of a.entries()) counts[(byte - b[i]!) & 255]! += 1;
    const expected = a.length / 256;
    return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  }

  for (const [graph, choice] of graphs) {
    it(`is indistinguishable from uniform over rounds and attempts, in ${graph}`, async () => {
      const rounds = await fourAttempts({ ...choice, parameters: { ...parameters, ...settings(choice) } });
      for (const site of rounds[0]!.study.names.slice(0, 2)) {
        const uploads = rounds.flatMap((fed) => [...fed.member(site).chunks.values()].map(([chunk]) => chunk!));
        assert.equal(uploads.length, 4);
        const pairs = uploads.flatMap((a, i) => uploads.slice(i + 1).map((b) => chiSquare(a, b)));
        // 255 degrees of freedom: mean 255, standard deviation 22.6.
        for (const found of pairs) assert.ok(found > 160 && found < 350, `chi-square ${String(found)}`);
      }
    });
  }

  it('would be found: two vectors under the same masks are a million away', () => {
    const masks = [{ seed: bytesOf('used twice'), sign: 1 }] as const;
    const [a, b] = [5, 7].map((value) => maskUpload(crypto, new Uint32Array(4096).fill(value), masks, 8));
    assert.ok(chiSquare(Uint8Array.from(a!), Uint8Array.from(b!)) > 1e6);
  });
});

function settings(choice: Omit<StudyChoice, 'round'>): Partial<SumParameters> {
  return choice.parameters ?? {};
}

describe('20,000 examples at one site against 10 at another', () => {
  it('give the exact weighted mean within the quantisation bound, also when a third site is lost', async () => {
    const segments: readonly Segment[] = [
      { name: 'delta', length: 8, range: 1, bits: 26 },
      { name: 'examples', length: 1, range: 1, bits: 26 },
    ];
    const weightCap = 20_000;
    const examples = [20_000, 10, 4_000, 777];
    const modulusBits = 32;
    const plan = study({ count: 4, parameters: { modulusBits, wordCount: 9, chunkBytes: 32 } });
    const deltas = plan.names.map((_, site) => Float64Array.from({ length: 8 }, (__, k) => Math.sin(3 * site + k)));
    const vectorOf = (site: SiteId): Uint32Array => {
      const i = plan.names.indexOf(site);
      const delta = Float64Array.from([...deltas[i]!, 1]); // weighted, the last one sums to the examples over the cap
      const weighing = { clipNorm: null, weightCap, exampleCount: examples[i]! };
      return quantize(segments, weighing, delta, uniformSource(crypto, bytesOf(site))).quantized;
    };
    for (const lost of [undefined, plan.names[3]!]) {
      const ops: readonly Op[] = lost === undefined ? [] : [{ op: 'lose', site: lost, before: 'chunks' }];
      const fed = await new Federation(plan, ops, vectorOf).run();
      assert.equal(fed.coordinator.ended?.outcome, 'accepted');
      const u3 = plan.names.filter((site) => site !== lost);
      const total = u3.reduce((sum, site) => sum + examples[plan.names.indexOf(site)]!, 0);
      const over = { sites: u3.length, weightCap, exampleCount: total };
      const { mean, sum } = dequantize(segments, over, fed.sum!);
      const [bound] = errorBound(segments, over).bounds;
      for (let k = 0; k < 8; k++) {
        const exact =
          u3.reduce((s, site) => s + deltas[plan.names.indexOf(site)]![k]! * examples[plan.names.indexOf(site)]!, 0) /
          total;
        assert.ok(Math.abs(mean[k]! - exact) <= bound!, `coordinate ${String(k)}`);
      }
      assert.equal(Math.round(sum[8]! * weightCap), total);
    }
  });
});
