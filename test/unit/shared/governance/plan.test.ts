import assert from 'node:assert/strict';
import { bgvUploadBytes } from '#shared/crypto/bgv-format';
import { ConsiliumError } from '#shared/errors';
import { nodeCrypto } from '#shared/crypto/node';
import { parsePlan, planBytes, planFromBytes, planHash } from '#shared/governance/plan';
import { toSumParameters } from '#shared/governance/sum-parameters';
import { utf8, toHex } from '#shared/util/bytes';

const least = `
name: phantom
rounds: 25
method: { name: clip, config: { width: 64 } }
program:
  fingerprint: '${'ab'.repeat(32)}'
  initialModelHash: '${'cd'.repeat(32)}'
model:
  - { name: weight, shape: [4, 5] }
  - { name: scale, shape: [] }
sum:
  maxSites: 3
  weightCap: 128
  segments:
    - { name: delta, range: 0.05, bits: 16 }
    - { name: exampleCount, bits: 16 }
    - { name: trainingLoss, range: 16, bits: 16 }
`;

/** The same plan with other lines, separated by commas, in its sum. */
function encrypted(lines: string): string {
  return least.replace('weightCap', `encryption: ${lines.replaceAll(', ', '\n  ')}\n  weightCap`);
}

function refusal(text: string): { code: string; message: string } {
  try {
    parsePlan(text);
  } catch (error) {
    assert(error instanceof ConsiliumError);
    return error;
  }
  return assert.fail('the plan was taken');
}

describe('parsePlan', () => {
  it('puts the defaults of three sites in their place: none colluding, none missing', () => {
    const { sum } = parsePlan(least);
    assert.deepEqual([sum.colluders, sum.threshold, sum.quorum], [0, 2, 3]);
  });

  it('takes the least modulus that cannot overflow: 18 bits for three fields of 16', () => {
    assert.equal(parsePlan(least).sum.modulusBits, 18);
  });

  it('gives the delta the length of the model, and a count the range at which nothing is rounded', () => {
    const [delta, count] = parsePlan(least).sum.segments;
    assert.equal(delta?.length, 21);
    assert.equal(count?.range, 32767.5);
  });

  it('lists all problems at once, each with its path', () => {
    const { code, message } = refusal(least.replace('rounds: 25', 'rounds: 0').replace('name: phantom', 'extra: 1'));
    assert.equal(code, 'badPlan');
    for (const part of ['rounds:', 'name:', 'extra:']) assert(message.includes(part), message);
    assert(!message.includes('\n'));
  });

  it('names every broken rule of the sum', () => {
    const { code, message } = refusal(
      least.replace('maxSites: 3', 'maxSites: 3\n  threshold: 1\n  quorum: 4\n  modulusBits: 17'),
    );
    assert.equal(code, 'badPlan');
    for (const part of ['quorumAboveSites', 'thresholdTooLow', 'sumOverflow']) assert(message.includes(part), message);
  });

  it('refuses fewer than three sites', () => {
    assert.equal(refusal(least.replace('maxSites: 3', 'maxSites: 2')).code, 'tooFewSites');
  });

  it('refuses a threshold at which every share is the secret', () => {
    const { code, message } = refusal(
      least.replace('maxSites: 3', 'maxSites: 3\n  threshold: 1\n  trustsCoordinator: true'),
    );
    assert.equal(code, 'badPlan');
    assert.match(message, /sum\.threshold: at least 2/);
  });

  it('takes more than 255 sites where a sparse graph bears the colluders and dropouts, a tenth of the sites by default', () => {
    const many = (sites: number, lines: string): string =>
      least.replace('maxSites: 3', `maxSites: ${String(sites)}\n  ${lines}`);
    assert.equal(parsePlan(many(1024, 'colluders: 51')).sum.dropouts, 102);
    assert.equal(parsePlan(many(512, 'colluders: 51\n  dropouts: 20')).sum.dropouts, 20);
    assert.equal(parsePlan(many(255, 'colluders: 84')).sum.dropouts, 25);
    assert.equal(toSumParameters(parsePlan(many(512, 'colluders: 51'))).dropouts, 51);
    for (const lines of ['colluders: 341', 'colluders: 204\n  dropouts: 400']) {
      const { code, message } = refusal(many(1024, lines));
      assert.equal(code, 'badPlan');
      assert.match(message, /sum\.maxSites: 1024, but no graph of \d+ sites bears/);
    }
  });

  it('gives encrypted plans words of 32 bits, chunks of whole ciphertexts, and a new key after 50 rounds', () => {
    const { sum } = parsePlan(encrypted('bgv'));
    assert.deepEqual([sum.modulusBits, sum.chunkBytes, sum.keyEpochRounds], [32, 7 * bgvUploadBytes, 50]);
    assert.equal(parsePlan(encrypted('stream')).sum.chunkBytes, 2 ** 18);
  });

  it('refuses other words, or a part of a ciphertext in a chunk, with encryption', () => {
    assert(refusal(encrypted('stream, modulusBits: 24')).message.includes('modulusNotWord'));
    assert(refusal(encrypted('bgv, chunkBytes: 262144')).message.includes('ciphertext, 32962'));
    assert(refusal(encrypted('stream, chunkBytes: 1000')).message.includes('modulusBits, 32'));
    assert.equal(parsePlan(encrypted('bgv, chunkBytes: 65924')).sum.chunkBytes, 65_924);
  });

  it('refuses more ciphertexts than whose noise bgv bears', () => {
    const many = least.replace('maxSites: 3', 'maxSites: 100000\n  encryption: bgv');
    assert(refusal(many).message.includes('the noise of 100000 ciphertexts'));
  });

  it('refuses a key epoch of no round', () => {
    assert(refusal(encrypted('bgv, keyEpochRounds: 0')).message.includes('sum.keyEpochRounds'));
  });

  it('refuses a segment that is not on the closed list', () => {
    const { message } = refusal(least.replace('name: trainingLoss', 'name: labelCounts'));
    assert(message.includes('labelCounts'), message);
  });

  it('refuses a weight cap that does not fit in the count, and a count without a cap', () => {
    assert(refusal(least.replace('weightCap: 128', 'weightCap: 65536')).message.includes('does not fit'));
    assert(refusal(least.replace('weightCap: 128', 'weightCap: null')).message.includes('exampleCount'));
  });

  it('refuses a key that stands there twice and a file that is no YAML', () => {
    assert.equal(refusal(`${least}\nname: other\n`).code, 'badPlan');
    assert.equal(refusal('a: [').code, 'badPlan');
  });

  it('refuses aliases that would grow the file', () => {
    assert(refusal(`${least}\nschedule: &a { waitMs: 1 }\nmore: *a\n`).message.includes('aliases'));
  });
});

describe('planBytes', () => {
  it('reads back as the same plan, and hashes the same whatever the order of the file', () => {
    const plan = parsePlan(least);
    assert.deepEqual(planFromBytes(planBytes(plan)), plan);
    const turned = parsePlan(least.replace('rounds: 25\n', '').concat('rounds: 25\n'));
    assert.equal(toHex(planHash(nodeCrypto, turned)), toHex(planHash(nodeCrypto, plan)));
  });

  it('refuses another spelling, a missing field and every truncation', () => {
    const bytes = planBytes(parsePlan(least));
    const text = new TextDecoder().decode(bytes);
    const code = (other: Uint8Array): string => {
      try {
        planFromBytes(other);
      } catch (error) {
        return error instanceof ConsiliumError ? error.code : String(error);
      }
      return 'taken';
    };
    assert.equal(code(utf8(text.replace('"rounds":25', '"rounds":25.0'))), 'nonCanonical');
    assert.equal(code(utf8(text.replace('"trustsCoordinator":false,', ''))), 'nonCanonical');
    assert.equal(code(utf8(text.replace('"encryption":"none"', '"encryption":"other"'))), 'badPlan');
    for (let length = 0; length < bytes.length; length++) assert.equal(code(bytes.subarray(0, length)), 'badFormat');
  });
});

describe('toSumParameters', () => {
  it('counts a word for every field', () => {
    assert.equal(toSumParameters(parsePlan(least)).wordCount, 23);
  });

  it('counts packed words with encryption', () => {
    const narrow = encrypted('stream').replace('range: 0.05, bits: 16', 'range: 0.05, bits: 14');
    assert.equal(toSumParameters(parsePlan(narrow)).wordCount, 11 + 2);
  });
});
