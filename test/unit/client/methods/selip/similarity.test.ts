import assert from 'node:assert/strict';
import { similarityMatrix } from '#client/methods/selip/similarity';
import type { StructuredReport } from '#client/methods/selip/types';

const report = (
  ...findings: readonly (readonly [site: string, appearance: string, tag: string])[]
): StructuredReport => ({
  normal: false,
  findings: findings.map(([site, appearance, tag]) => ({ site, appearance, tag })),
});
const normal: StructuredReport = { normal: true, findings: [] };
const unread: StructuredReport = { normal: false, findings: [] };

describe('similarity of reports', () => {
  it('S is symmetric with a diagonal of 1, a normal row and column of 0 off the diagonal, and in [0, 1]', () => {
    const reports = [
      report(['pons', 'patchy hyperintensity', 'hyper'], ['left thalamus', 'punctate hypointensity', 'hypo']),
      normal,
      report(['pons', 'patchy hyperintensity', 'hyper']),
      normal,
      report(['right cerebellum', 'patchy hyperintensity', 'hyper']),
      unread,
    ];
    const S = similarityMatrix(reports);
    S.forEach((row, i) => {
      row.forEach((value, j) => {
        assert.equal(value, S[j]![i]);
        assert(value >= 0 && value <= 1);
        if (i === j) assert.equal(value, 1);
        else if ([1, 3, 5].includes(i)) assert.equal(value, 0);
      });
    });
    assert(S[0]![2]! > 0);
  });

  it('same site and same tag in different words give 0 < S < 1; a different site and tag give 0', () => {
    const [[, same], [, , other]] = [
      similarityMatrix([report(['pons', 'bright spot', 'hyper']), report(['pons', 'patchy glow', 'hyper'])])[0]!,
      similarityMatrix([report(['pons', 'bright spot', 'hyper']), normal, report(['insula', 'dark spot', 'hypo'])])[0]!,
    ];
    assert(same! > 0 && same! < 1);
    assert.equal(other, 0);
  });

  it('counts characters as code points, with case and spaces, and normalises nothing', () => {
    const S = similarityMatrix([report(['𝒜', '', 'x']), report(['𝒜', 'é', 'x']), report(['𝒜', 'É', 'x'])]);
    assert.equal(S[0]![1], (2 * 1) / (1 + 2));
    assert.equal(S[1]![2], (2 * 1) / (2 + 2));
  });

  it('only the syntactic half changes when one hospital says the same codes in other words', () => {
    const north = report(['pons', 'patchy', 'hyper']);
    const south = report(['pons', 'blotchy', 'hyper']);
    const [, codedAlike] = similarityMatrix([north, south])[0]!;
    const [, otherTag] = similarityMatrix([north, report(['pons', 'blotchy', 'hypo'])])[0]!;
    assert.equal(otherTag, codedAlike! / 2);
  });
});
