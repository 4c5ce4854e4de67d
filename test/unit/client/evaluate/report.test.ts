import assert from 'node:assert/strict';
import { randomFor } from '#client/data/random';
import { type EmbeddedPairs, otherPatients, retrievalReport } from '#client/evaluate/report';

const count = 200;
const axis = (i: number): Float32Array => Float32Array.from({ length: count }, (_, j) => (i === j ? 1 : 0));
/** Every image points where its own report points. */
const perfect: EmbeddedPairs = {
  images: Array.from({ length: count }, (_, i) => axis(i)),
  texts: Array.from({ length: count }, (_, i) => axis(i)),
  reports: Array.from({ length: count }, (_, i) => `report ${i}`),
  patientIds: Array.from({ length: count }, (_, i) => `patient ${i}`),
};

describe('report', () => {
  it('finds everything where images and reports agree, and nothing with the images of others', () => {
    const { figures, shuffledImages, pairCount, gallerySize } = retrievalReport(perfect, randomFor(1, 'x'));
    assert.deepEqual(figures.imageToReport, { recallAt1: 1, recallAt5: 1, recallAt10: 1 });
    assert.deepEqual(figures.reportToImage, { recallAt1: 1, recallAt5: 1, recallAt10: 1 });
    assert.equal(shuffledImages.imageToReport.recallAt10, 0);
    assert.deepEqual([pairCount, gallerySize], [200, 100]);
  });

  it('finds nothing where all embeddings are one: ties count against', () => {
    const images = perfect.images.map(() => axis(0));
    const { figures, distinctReports } = retrievalReport({ ...perfect, images, texts: images }, randomFor(1, 'x'));
    assert.equal(figures.imageToReport.recallAt10, 0);
    assert.equal(distinctReports.imageToReport.recallAt10, 0);
  });

  it('knows what guessing gives, also in a gallery smaller than k', () => {
    const { chance } = retrievalReport(perfect, randomFor(1, 'x'));
    assert.deepEqual(chance.imageToReport, { recallAt1: 0.01, recallAt5: 0.05, recallAt10: 0.1 });
    const few = <T>(list: readonly T[]): readonly T[] => list.slice(0, 4);
    const { images, texts, reports, patientIds } = perfect;
    const small = { images: few(images), texts: few(texts), reports: few(reports), patientIds: few(patientIds) };
    const guess = retrievalReport(small, randomFor(1, 'x')).chance.reportToImage;
    assert.deepEqual(guess, { recallAt1: 0.25, recallAt5: 1, recallAt10: 1 });
  });

  it('takes identical reports for one where it says so', () => {
    const twins = { ...perfect, reports: perfect.reports.map((_, i) => `report ${Math.floor(i / 2)}`) };
    const texts = twins.texts.map((_, i) => axis(i - (i % 2)));
    const { figures, distinctReports } = retrievalReport({ ...twins, texts }, randomFor(1, 'x'));
    assert.equal(figures.imageToReport.recallAt1, 0);
    assert.equal(distinctReports.imageToReport.recallAt1, 0.5);
  });

  it('gives every pair the image of another patient', () => {
    const patients = Array.from({ length: 40 }, (_, i) => `p${Math.floor(i / 3)}`);
    const images = otherPatients(patients, randomFor(1, 'y'));
    assert(images.every((image, i) => patients[image] !== patients[i]));
    assert.notDeepEqual(otherPatients(patients, randomFor(2, 'y')), images);
  });

  it('refuses to judge without a pair', () => {
    const none = { images: [], texts: [], reports: [], patientIds: [] };
    assert.throws(() => retrievalReport(none, randomFor(1, 'x')), { code: 'noUsableRows' });
  });
});
