import assert from 'node:assert/strict';
import { nodeCrypto } from '#shared/crypto/node';
import { forBlocks, kernel, loadKernel } from '#shared/secagg/kernel/kernel';
import { kernelBytes } from '#shared/secagg/kernel/kernel-bytes';
import { blockWords, plainKernel } from '#shared/secagg/kernel/plain-kernel';
import type { Kernel } from '#shared/secagg/kernel/plain-kernel';
import { fromBase64 } from '#shared/util/base64';
import { bytesOf } from '../../../../support/secrets.ts';

const counts = [1, 2, 3, 4, 5, 15, 16, 17, 1001, blockWords];
const compiled = loadKernel(fromBase64(kernelBytes));
const plain = plainKernel();

const random = new Uint32Array(4 * blockWords);
nodeCrypto.keystream(bytesOf('kernel')).fill(random);
/** All sizes, both signs, zeros and the ends of ranges. */
const numbers = Float64Array.from(random.subarray(0, blockWords), (word, i) => numberOf(i, word));
const draws = Float64Array.from(random.subarray(blockWords, 2 * blockWords), (word) => word / 2 ** 32);

/** The same in both. */
function fill(): void {
  for (const one of [compiled, plain]) {
    one.words.set(random.subarray(2 * blockWords, 3 * blockWords));
    one.stream.set(random.subarray(3 * blockWords));
    one.values.set(numbers);
    one.draws.set(draws);
  }
}

function numberOf(i: number, random: number): number {
  const ends = [0, -0, 1, -1, 2, -2, 1e300, -1e300, 5e-324];
  return ends[i % 16] ?? (random / 2 ** 31 - 1) * 10 ** ((i % 7) - 4);
}

/** Does the same in both and compares what `read` gives of each, for counts that do and do not fill a step. */
function compare(
  work: (kernel: Kernel, count: number) => void,
  read: (kernel: Kernel, count: number) => unknown,
): void {
  for (const count of counts) {
    fill();
    work(compiled, count);
    work(plain, count);
    assert.deepEqual(read(compiled, count), read(plain, count), `${count} words`);
  }
}

const words = (on: Kernel, count: number): Uint32Array => on.words.slice(0, count);
const packed = (on: Kernel, count: number, bits: number): Uint8Array =>
  on.packed.slice(0, Math.ceil((count * bits) / 8));

describe('the kernel', () => {
  it('runs as WebAssembly here, small enough for a browser to compile at once', () => {
    assert.equal(kernel.words.buffer, kernel.draws.buffer); // the one in JavaScript has several
    assert((fromBase64(kernelBytes)?.length ?? Infinity) < 4096);
  });

  it('is JavaScript where the platform does not take the bytes', () => {
    for (const bytes of [undefined, new Uint8Array(0), Uint8Array.of(0, 0x61, 0x73, 0x6d, 9, 0, 0, 0)]) {
      const fallback = loadKernel(bytes);
      assert.notEqual(fallback.words.buffer, fallback.draws.buffer);
    }
  });

  it('adds and subtracts as JavaScript does', () => {
    compare((on, count) => {
      on.add(count);
    }, words);
    compare((on, count) => {
      on.subtract(count);
    }, words);
  });

  it('packs and unpacks every width as JavaScript does', () => {
    for (let bits = 1; bits <= 32; bits++) {
      compare(
        (on, count) => {
          on.pack(count, bits);
        },
        (on, count) => packed(on, count, bits),
      );
      compare((on, count) => {
        on.addPacked(count, bits);
      }, words);
    }
  });

  it('packs the low bits alone, and zeros behind the last', () => {
    for (const on of [compiled, plain]) {
      on.words.set([0xffffff05, 0xfffffff3, 0xfffffff7]);
      on.stream.fill(2 ** 32 - 1);
      on.pack(3, 3);
      assert.deepEqual([...packed(on, 3, 3)], [0b11_011_101, 0b1]);
    }
  });

  it('rounds to fields as JavaScript does, to the last bit', () => {
    for (const bits of [1, 8, 14, 16, 20, 32]) {
      for (const [range, clipFactor, weight] of [
        [1, 1, 1],
        [0.1, 0.37, 90 / 101],
        [1234.5, 0.9999, 1e-7],
      ] as const) {
        const top = 2 ** bits - 1;
        const scale = { range, clipFactor, weight, step: (2 * range) / top, top };
        compare((on, count) => {
          on.quantize(count, scale);
        }, words);
      }
    }
  });

  it('opens sums as JavaScript does, to the last bit', () => {
    const scale = { margins: 300, step: 0.2 / 65_535, offset: 0.7, numerator: 128, denominator: 731 };
    compare(
      (on, count) => {
        on.dequantize(count, scale);
      },
      (on, count) => [on.values.slice(0, count), on.draws.slice(0, count)],
    );
  });
});

describe('blocks', () => {
  it('cover a vector once, in order', () => {
    const seen: (readonly [number, number])[] = [];
    forBlocks(2 * blockWords + 1, (from, count) => seen.push([from, count]));
    assert.deepEqual(seen, [
      [0, blockWords],
      [blockWords, blockWords],
      [2 * blockWords, 1],
    ]);
    forBlocks(0, () => assert.fail('nothing has no blocks'));
  });
});
