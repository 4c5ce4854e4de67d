import assert from 'node:assert/strict';
import { checkSumParameters } from '#shared/secagg/parameters';
import type { SumProposal } from '#shared/secagg/parameters';

const sound: SumProposal = {
  maxSites: 7,
  colluders: null,
  threshold: null,
  quorum: null,
  trustsCoordinator: false,
  encryption: 'none',
  modulusBits: 32,
  approvalQuorum: 4,
  membershipQuorum: 4,
  segments: [{ name: 'delta', length: 10, bits: 16 }],
};

function codes(change: Partial<SumProposal>): readonly string[] {
  return checkSumParameters({ ...sound, ...change }).problems.map(({ code }) => code);
}

describe('parameters of a sum', () => {
  it('have defaults that hold for every number of sites from three on', () => {
    for (let maxSites = 3; maxSites <= 255; maxSites++) {
      const quorums = Math.floor((maxSites - 1) / 3) + 1;
      const roster = { approvalQuorum: quorums, membershipQuorum: quorums };
      assert.deepEqual(codes({ maxSites, ...roster }), [], String(maxSites));
    }
  });

  it('bear no missing site of three, one of four, two of seven and three of ten', () => {
    const missing = [3, 4, 7, 10].map((maxSites) => maxSites - checkSumParameters({ ...sound, maxSites }).quorum);
    assert.deepEqual(missing, [0, 1, 2, 3]);
  });

  it('name each line that does not hold', () => {
    assert.deepEqual(codes({ colluders: 3, threshold: 3, trustsCoordinator: true, quorum: 5 }), [
      'colludersReachThreshold',
    ]);
    assert.deepEqual(codes({ threshold: 7, quorum: 6 }), ['thresholdAboveQuorum']);
    assert.deepEqual(codes({ quorum: 8 }), ['quorumAboveSites']);
    assert.deepEqual(
      codes({ colluders: 5, threshold: 6, quorum: 6, trustsCoordinator: true, approvalQuorum: 6, membershipQuorum: 6 }),
      ['crowdTooSmall'],
    );
    assert.deepEqual(codes({ maxSites: 2, quorum: 2 }), ['quorumTooSmall']);
    assert.deepEqual(codes({ threshold: 4 }), ['thresholdTooLow']);
    assert.deepEqual(codes({ maxSites: 8, colluders: 2, threshold: 5 }), ['thresholdTooLow']);
    assert.deepEqual(codes({ approvalQuorum: 2 }), ['approvalQuorumTooLow']);
    assert.deepEqual(codes({ membershipQuorum: 2 }), ['membershipQuorumTooLow']);
    assert.deepEqual(codes({ modulusBits: 33 }), ['modulusTooLarge']);
    assert.deepEqual(codes({ modulusBits: 24, encryption: 'stream' }), ['modulusNotWord']);
  });

  it('may have a low threshold only if the plan says that it trusts the coordinator', () => {
    assert.deepEqual(codes({ threshold: 4, trustsCoordinator: true }), []);
  });

  it('overflow at exactly n (2^bits − 1) = 2^m', () => {
    const segments = [{ name: 'flag', length: 1, bits: 1 }];
    assert.deepEqual(codes({ maxSites: 7, modulusBits: 3, segments }), []);
    assert.deepEqual(codes({ maxSites: 8, modulusBits: 3, segments, quorum: 6 }), ['sumOverflow']);
  });

  it('count the margin of the noise as bits', () => {
    const noisy = { ...sound, segments: [{ name: 'delta', length: 10, bits: 16, sigma: 1000 }] };
    const [segment] = checkSumParameters(noisy).segments;
    assert.deepEqual(segment, { name: 'delta', localSigma: 1000 / Math.sqrt(3), margin: 6929, fieldBits: 17 });
    assert.deepEqual(codes({ segments: noisy.segments, modulusBits: 19 }), ['sumOverflow']);
  });

  it('assume a colluder when there is noise, and refuse noise with none', () => {
    const segments = [{ name: 'delta', length: 10, bits: 12, sigma: 10 }];
    assert.equal(checkSumParameters({ ...sound, maxSites: 3, segments }).colluders, 1);
    assert.deepEqual(codes({ segments, colluders: 0 }), ['noiseWithoutColluders']);
  });

  it('judge fields without noise where no honest crowd is left to make it', () => {
    const change = { colluders: 5, threshold: 6, quorum: 5, segments: [{ name: 'd', length: 1, bits: 8, sigma: 9 }] };
    assert.deepEqual(checkSumParameters({ ...sound, ...change }).segments[0]?.localSigma, null);
  });
});
