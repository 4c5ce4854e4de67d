import assert from 'node:assert/strict';
import { nodeCrypto as crypto } from '#shared/crypto/node';
import { keystreamWords } from '#shared/secagg/mask';
import { dequantize, errorBound, quantize } from '#shared/secagg/quantize';
import type { Segment } from '#shared/secagg/quantize';
import { uniformSource } from '#shared/secagg/uniform-source';
import { toHex } from '#shared/util/bytes';
import type { SiteId } from '#shared/util/ids';
import { Federation } from '../support/federation.ts';
import type { Op } from '../support/federation.ts';
import { bytesOf } from '../support/secrets.ts';
import { study } from '../support/study.ts';

/** Phase 1 of the first attempt goes below the quorum, so that there is a second. */
function silentOnce(): Op {
  let dropped = 0;
  return {
    op: 'forge',
    as: (packet) => {
      if (packet.kind !== 'chunks' || dropped === 2) return undefined;
      dropped += 1;
      return [];
    },
  };
}

describe('masks', () => {
  it('are never used twice: in two rounds and two attempts every seed is one pair’s or one site’s, once', async () => {
    const uses = new Map<string, (1 | -1)[]>();
    for (const round of [1, 2]) {
      const fed = await new Federation(study({ count: 4, round }), [silentOnce()]).run();
      assert.equal(fed.coordinator.ended?.outcome, 'accepted');
      assert.equal(fed.masks.length, 8, 'four sites masked in each of two attempts');
      for (const { seed, sign } of fed.masks.flat()) {
        uses.set(toHex(seed), [...(uses.get(toHex(seed)) ?? []), sign]);
      }
    }
    const pairs = [...uses.values()].filter((signs) => signs.length === 2);
    const selves = [...uses.values()].filter((signs) => signs.length === 1);
    assert.equal(selves.length, 2 * 2 * 4);
    assert.equal(pairs.length, 2 * 2 * 6);
    assert.ok(
      pairs.every(([a, b]) => a === -b!),
      'one end adds what the other subtracts',
    );
    assert.equal(uses.size, selves.length + pairs.length);
  });

  it('differ between the segments of a vector: the stream goes on and does not begin again', () => {
    const words = keystreamWords(crypto, bytesOf('seed'), 64, 32);
    assert.equal(new Set(words).size, 64);
  });

  it('leave the difference of two uploads of one site indistinguishable from uniform', async () => {
    const parameters = { wordCount: 4096, modulusBits: 8, chunkBytes: 4096 };
    const uploads: Uint8Array[] = [];
    for (const round of [1, 2]) {
      const fed = await new Federation(study({ count: 4, round, parameters }), []).run();
      const [packet] = fed.tap.filter((sent) => sent.kind === 'chunks');
      uploads.push(packet!.chunks[0]!);
    }
    const counts = new Float64Array(256);
    for (const [i, byte] of uploads[0]!.entries()) counts[(byte - uploads[1]![i]!) & 255]! += 1;
    const expected = 4096 / 256;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 255 degrees of freedom: mean 255, standard deviation 22.6; the same vector twice without masks gives a million.
    assert.ok(chiSquare > 165 && chiSquare < 345, `chi-square ${String(chiSquare)}`);
  });
});

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
