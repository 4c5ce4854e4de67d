import assert from 'node:assert/strict';
import { randomFor } from '#client/data/random';
import type { Pair, Split } from '#client/data/types';
import { figureAt } from '#client/evaluate/figures';
import type { MethodReport } from '#client/evaluate/types';
import { severityScores } from '#client/methods/semise/severity-report';
import { openSession, type Session } from '#client/train/session';

const config = {
  embedding: 16,
  image: { size: 16, resnet: { width: 8, blocks: [1, 1], strides: 2 } },
  training: { localSteps: 10, batchSize: 12, warmupSteps: 5, learningRate: 5e-3 },
  augmentation: { shift: 1 },
};
const section = { graded: 12, projector: 16, discriminationShare: 0.1, alpha: 0.1 };
const rounds = 6;

/** A bright disc somewhere in noise, as large as the grade; every fourth training image is graded, and every test image. */
function discOf(split: Split, number: number): Pair {
  const random = randomFor(1, 'disc', split, number);
  const grade = Math.floor(number / 4) % 5;
  const [top, left] = [4 + 8 * random.uniform(), 4 + 8 * random.uniform()];
  const pixels = Float32Array.from({ length: 256 }, (_, at) => {
    const distance = Math.hypot(Math.floor(at / 16) - top, (at % 16) - left);
    return (distance < 1.1 * grade ? 1.5 : 0) + 0.5 * random.normal();
  });
  const mean = pixels.reduce((sum, value) => sum + value, 0) / 256;
  const sd = Math.sqrt(pixels.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 256);
  const image = pixels.map((value) => (value - mean) / sd);
  const labels = split === 'test' || number % 4 === 0 ? [`severity:${grade}`] : [];
  const id = `${split}-${number}`;
  return { id, report: '', labels, site: 'north', patientId: `patient-${id}`, split, image };
}

const pairs = [
  ...Array.from({ length: 100 }, (_, i) => discOf('train', i)),
  ...Array.from({ length: 60 }, (_, i) => discOf('test', i)),
];

function open(own: Readonly<Record<string, string | number>> = {}, some = pairs, count = rounds): Promise<Session> {
  const whole = { ...config, semise: { ...section, ...own } };
  return openSession({
    method: 'semise',
    config: whole,
    rounds: count,
    data: { pairs: some },
    engine: 'onnx',
    seed: 1,
  });
}

const spearmanOf = ({ figures }: MethodReport): number | null => figureAt(figures, 'severity.spearman');

/** Spearman on the test images after each round of a federation of one site: the mean over sites is that site's own. */
async function spearmanByRound(session: Session, evaluated: readonly number[]): Promise<readonly number[]> {
  const figures: number[] = [];
  let weights = session.program.initialWeights;
  for (let round = 1; round <= rounds; round++) {
    const { delta, rows } = await session.trainRound({ weights, local: null }, round);
    const moved = [...delta, ...rows[0]!.delta]; // the prototype, which is the last
    weights = weights.map((value, i) => value + moved[i]!);
    if (evaluated.includes(round)) figures.push(spearmanOf(await session.evaluate({ weights, local: null }, 'test'))!);
  }
  return figures;
}

describe('semise, trained', () => {
  it('Spearman of d(x, r) with the grade rises with training and beats NT-Xent alone', async () => {
    const [own, contrast] = [await open(), await open({ alpha: 1 })];
    try {
      const [early = 1, late = 0] = await spearmanByRound(own, [1, rounds]);
      const [alone = 1] = await spearmanByRound(contrast, [rounds]);
      assert(late > early + 0.3, `${early} ${late}`);
      assert(late > 0.8 && late > alone + 0.1, `${late} ${alone}`);
    } finally {
      await own.dispose();
      await contrast.dispose();
    }
  }).timeout(60_000);

  it('gives the prototype with as many patients as are graded healthy, and a report with finite figures', async () => {
    const session = await open({}, pairs, 3);
    try {
      const { rows, exampleCount, delta } = await session.trainRound({ weights: session.program.initialWeights, local: null }, 1); // prettier-ignore
      const healthy = pairs.filter(({ split, labels }) => split === 'train' && labels[0] === 'severity:0').length;
      assert.deepEqual([rows[0]!.name, ...rows[0]!.weights, exampleCount], ['prototype', healthy, 100]);
      assert.equal(delta.length + rows[0]!.delta.length, session.program.parameterCount);
      const run = await session.trainAlone(() => undefined);
      const { figures, chance, pairCount } = await session.evaluate(run, 'test');
      assert.equal(pairCount, 60);
      for (const path of ['severity.spearman', 'probe.macroF1', 'probe.maee']) {
        assert(Number.isFinite(figureAt(figures, path)), path);
        assert(Number.isFinite(figureAt(chance, path)), path);
      }
      assert(figureAt(figures, 'probe.macroF1')! > figureAt(chance, 'probe.macroF1')!);
    } finally {
      await session.dispose();
    }
  }).timeout(60_000);

  it('a site without grades trains, and adds nothing to the prototype; without any prototype there is no severity', async () => {
    const bare = pairs.map((pair) => (pair.split === 'train' ? { ...pair, labels: [] } : pair));
    const session = await open({}, bare, 2);
    try {
      const { rows, delta } = await session.trainRound({ weights: session.program.initialWeights, local: null }, 1);
      assert.deepEqual([...rows[0]!.weights], [0]);
      assert(delta.some((value) => value !== 0));
      const report = await session.evaluate(await session.trainAlone(() => undefined), 'test');
      assert.equal(spearmanOf(report), null);
      assert.equal(figureAt(report.figures, 'probe.macroF1'), null);
    } finally {
      await session.dispose();
    }
  }).timeout(60_000);

  it('the supervised control trains on the graded images and tells severity by the expected grade', async () => {
    const session = await open({ objective: 'supervised' });
    try {
      const report = await session.evaluate(await session.trainAlone(() => undefined), 'test');
      assert(spearmanOf(report)! > 0.5, String(spearmanOf(report)));
    } finally {
      await session.dispose();
    }
  }).timeout(60_000);

  it('severity scores are those of the model, and a model without a prototype has none', async () => {
    const model = (severity: number): Parameters<typeof severityScores>[0] => ({
      images: (some) => Promise.resolve({ severity: some.map(() => Float32Array.of(severity)) }),
    });
    assert.deepEqual(await severityScores(model(0.25), pairs.slice(0, 2)), [0.25, 0.25]);
    await assert.rejects(() => severityScores(model(Number.NaN), pairs.slice(0, 2)), { code: 'noUsableRows' });
  });
});
