import assert from 'node:assert/strict';
import { drawVolume } from '#client/data/phantom/chest/draw-volume';
import { chestCases, type ChestCase } from '#client/data/phantom/chest/generate';
import { frequencyOf, regionsOf } from '#client/data/phantom/chest/draw-case';
import { kinds, kindsOf } from '#client/data/phantom/chest/kinds';
import { chestSize } from '#client/data/phantom/chest/layers';
import { profileOf } from '#client/data/phantom/chest/profiles';
import type { Finding, Scanner } from '#client/data/phantom/chest/types';
import { wordings } from '#client/data/phantom/chest/wordings';
import { chestWords } from '#client/data/phantom/chest/write-report';
import { phantomPairs, phantomNamed } from '#client/data/phantom/phantoms';
import { randomFor } from '#client/data/random';
import { multiLabelAuc } from '#client/evaluate/classification';
import { extractiveSummariser } from '#client/methods/brgsa/sentences';
import { chestEnglish } from '#client/methods/selip/code-book-chest-en';
import { tokenize } from '#client/text/tokenize';
import { vocabularyNamed } from '#client/text/vocabularies';

const sites = ['north', 'south', 'west'] as const;
const casesOf = new Map(sites.map((site) => [site, chestCases({ seed: 1, site, trainPairs: 60, testPairs: 0 })]));
const all = [...casesOf.values()].flat();

/** A scanner that adds nothing. */
const clean: Scanner = { gamma: 1, contrast: 1, noise: 0, blur: 0, thickSlices: false };

/** What a finding changes, voxel by voxel. */
function change(finding: Finding, gain = 1): readonly number[] {
  const drawn = (findings: readonly Finding[]): Uint8Array => drawVolume(findings, clean, gain, randomFor(4, 'change'));
  const without = drawn([]);
  return Array.from(drawn([finding]), (value, at) => Math.abs(value - without[at]!));
}

/** The statements of a report, without what every report of its site begins with. */
function sentencesOf(report: string): readonly string[] {
  const [, text = ''] = /^(?:impression : )?(.*)$/.exec(report) ?? [];
  return text.split(/ \.(?: |$)/).filter((sentence) => sentence !== '');
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

describe('chest phantom', () => {
  it('has the 18 findings of CT-RATE and the 15 of its long tail', () => {
    assert.deepEqual([kindsOf('common').length, kindsOf('rare').length], [18, 15]);
    assert.equal(kinds.size, 33);
  });

  it('gives the same cases for the same seed, others for another, and a longer set that begins with the shorter', () => {
    const few = { site: 'west', trainPairs: 3, testPairs: 2 };
    const cases = chestCases({ ...few, seed: 7 });
    assert.deepEqual(chestCases({ ...few, seed: 7 }), cases);
    assert.notDeepEqual(chestCases({ ...few, seed: 8 })[0]?.image.values, cases[0]?.image.values);
    assert.deepEqual(chestCases({ ...few, seed: 7, trainPairs: 2, testPairs: 1 }), [cases[0], cases[1], cases[3]]);
  });

  it('has few training pairs, every case a patient of its own', () => {
    assert.deepEqual(
      sites.map((site) => profileOf(site).trainPairs),
      [140, 120, 100],
    );
    assert.equal(new Set(all.map(({ patientId }) => patientId)).size, all.length);
  });

  it('draws every kind so that it can be seen, on the side where it is said to be', () => {
    for (const [kind, { place }] of kinds) {
      for (const side of ['right', 'left'] as const) {
        const changed = change({ kind, severity: 1, side, zone: 'middle' });
        // An observer who knows the healthy voxels tells it with an area under the ROC curve of Φ(d' / √2).
        const detectability = Math.sqrt(sum(changed.map((value) => value ** 2))) / (255 * 0.05);
        assert(detectability > 20, `${kind}: d' = ${detectability}`);
        if (place === 'none') continue;
        const own = sum(changed.filter((_, at) => at % chestSize[2] < chestSize[2] / 2 === (side === 'right')));
        assert(own > 0.8 * sum(changed), `${kind} on the ${side}`);
      }
    }
  }).timeout(60_000);

  it('draws a zone where it is said to be', () => {
    const slice = chestSize[1] * chestSize[2];
    const depth = (changed: readonly number[]): number =>
      sum(changed.map((value, at) => value * Math.floor(at / slice))) / sum(changed);
    for (const [kind] of [...kinds].filter(([, { place }]) => place === 'zone')) {
      const [upper, middle, lower] = (['upper', 'middle', 'lower'] as const).map((zone) =>
        depth(change({ kind, severity: 2, side: 'left', zone })),
      );
      assert(upper! < middle! - 2 && middle! < lower! - 2, kind);
    }
  }).timeout(60_000);

  it('draws the more severe and the easier case more strongly', () => {
    const seen = (kind: string, severity: number, gain: number): number =>
      sum(change({ kind, severity, side: 'left', zone: 'middle' }, gain));
    for (const [kind, { graded }] of kinds) {
      if (graded) assert(seen(kind, 3, 1) > seen(kind, 1, 1), kind);
      assert(seen(kind, 2, 0.5) < 0.8 * seen(kind, 2, 1), kind);
    }
    const hard = chestCases({ seed: 1, site: 'north', trainPairs: 3, testPairs: 0 }, 2);
    assert.deepEqual(hard.map(({ report }) => report), casesOf.get('north')!.slice(0, 3).map(({ report }) => report)); // prettier-ignore
  }).timeout(60_000);

  it('never draws two findings that hide each other', () => {
    for (const { findings } of all) {
      const taken = findings.flatMap(regionsOf);
      assert.equal(new Set(taken).size, taken.length);
      assert.equal(new Set(findings.map(({ kind }) => kind)).size, findings.length);
    }
  });

  it('draws a kind up to three times as often at one site as at another, and rare ones rarely', () => {
    for (const [name, kind] of kinds) {
      const often = sites.map((site) => frequencyOf(name, kind, profileOf(site)));
      assert.equal(Math.max(...often) / Math.min(...often), 3, name);
    }
    const labels = all.flatMap((one) => one.labels);
    const rare = new Set(kindsOf('rare'));
    const share = labels.filter((label) => rare.has(label)).length / labels.length;
    assert(share > 0.1 && share < 0.3, `${share}`);
  });

  it('says in the report what is drawn, half of the time where, and denies at most one thing that is not', () => {
    const counts = { places: 0, told: 0, denied: 0 };
    for (const site of sites) {
      const { names, negative, severities, shortSides } = wordings[site];
      for (const { findings, report } of casesOf.get(site)!.filter((one) => one.findings.length > 0)) {
        const sentences = sentencesOf(report);
        const denials = [...kinds.keys()].filter((kind) =>
          sentences.includes(negative.replace('{name}', names[kind] ?? kind)),
        );
        counts.denied += denials.length;
        assert(denials.length <= 1 && !findings.some(({ kind }) => denials.includes(kind)), report);
        assert.equal(sentences.length, findings.length + denials.length, report);
        for (const { kind, severity, side, zone } of findings) {
          const words = [names[kind] ?? kind, kinds.get(kind)!.graded ? severities[severity - 1]! : ''];
          const own = sentences.find((sentence) => words.every((word) => sentence.includes(word)));
          assert(own !== undefined, report);
          if (side === undefined) continue;
          counts.places++;
          const said = own.split(' ');
          if (!said.includes(side) && !said.includes(shortSides?.[side] ?? side)) continue;
          counts.told++;
          assert(zone === undefined || said.includes(zone), report);
        }
      }
    }
    assert(Math.abs(counts.told / counts.places - 0.5) < 0.1, `${counts.told} of ${counts.places}`);
    assert(Math.abs(counts.denied / all.length - 0.6) < 0.15, `${counts.denied} of ${all.length}`);
  });

  it('writes in the words of its vocabulary, 48 tokens at most, prompts too', () => {
    const vocabulary = vocabularyNamed('phantom-chest-1');
    for (const text of [...all.map(({ report }) => report), ...[...kinds.keys()].map((kind) => `There is ${kind}`)]) {
      const { ids, mask } = tokenize(text, vocabulary, 49);
      assert.equal(mask[48], 0, text);
      assert(
        [...ids].every((id) => id < 2 || id > 258),
        text,
      );
    }
    assert(!chestWords().some((word) => word.includes('{')));
  });

  it('is summarised without a sentence being lost', async () => {
    const statements = await extractiveSummariser(chestEnglish)(all.map(({ report }) => report));
    all.forEach(({ report }, i) => {
      const kept = statements[i]!.map((statement) => statement.replace(/^impression : /, ''));
      assert.deepEqual(new Set(kept), new Set(sentencesOf(report)), report);
    });
  });

  // What a reader of the generator's own parameters scores: the measures' ceiling. Reports always name kinds and severities.
  it('has a ceiling of 1 in every class, and of nearly 1 in finding the report', () => {
    const drawn = all.map(({ findings }) => [...kinds.keys()].map((kind) => Number(findings.some((one) => one.kind === kind)))); // prettier-ignore
    const read = all.map(({ labels }) => [...kinds.keys()].map((kind) => Number(labels.includes(kind))));
    assert.equal(multiLabelAuc(drawn, read).macro, 1);
    const said = ({ site, findings }: ChestCase): string =>
      [
        site,
        ...findings.map(({ kind, severity }) => `${kind} ${kinds.get(kind)!.graded ? severity : ''}`).sort(),
      ].join();
    const alike = Map.groupBy(all, said);
    const ceiling = (k: number): number => all.filter((one) => alike.get(said(one))!.length <= k).length / all.length;
    assert(ceiling(1) > 0.8 && ceiling(5) > 0.85, `${ceiling(1)} ${ceiling(5)}`);
  });

  it('is a phantom by its name, and knows no other site', () => {
    const [pair] = phantomPairs(phantomNamed('chest'), { seed: 1, site: 'north', trainPairs: 1, testPairs: 0 });
    assert.equal(pair?.image.length, 16 * 32 * 32);
    assert.throws(() => chestCases({ seed: 1, site: 'east' }), { code: 'badArgument' });
  });
});
