import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { ModelStore } from '#client/agent/model-store';
import { phantomNamed, phantomPairs } from '#client/data/phantom/phantoms';
import { decodeSafetensors } from '#client/model/safetensors';
import { nodeCrypto } from '#shared/crypto/node';
import { resultOf, runProgram } from '../support/consortium.ts';
import { smallClip, writeTrainedSite } from '../support/trained-site.ts';

interface Found {
  readonly id: string;
  readonly patientId: string;
  readonly score: number;
  readonly overlay?: string;
}

const counts = { trainPairs: 24, testPairs: 6 };
const pairs = phantomPairs(phantomNamed('radiograph'), { seed: 1, site: 'north', ...counts });

describe('a trained model at the command line', () => {
  let folder: string;
  let site: string;
  let csv: string;
  let index: string;
  let planId: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'consilium-use-'));
    site = join(folder, 'north');
    index = join(folder, 'pairs.index');
    planId = await writeTrainedSite(site, { method: 'clip', config: smallClip, rounds: 12, pairs });
    const data = join(folder, 'data');
    runProgram('client', ['phantom', '--out', data, '--sites', '1', '--train', '24', '--test', '6']);
    csv = join(data, 'pairs.csv');
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const imageOf = (i: number): string => join(folder, 'data', 'images', `${pairs[i]!.id}.png`);
  const ask = (...args: readonly string[]): Readonly<Record<string, unknown>> =>
    resultOf('client', [...args, '--dir', site]);

  it('makes an index for its owner alone, and says nothing of patients while it does', () => {
    const { code, out, err } = runProgram('client', ['index', '--dir', site, '--data', csv, '--out', index]);
    assert.equal(code, 0, err);
    assert.match(out, /30 images and 30 reports, 0 rows left out; model of round 12/);
    assert(!`${out}${err}`.includes('patient-'));
    assert.equal(statSync(index).mode & 0o777, 0o600);
  });

  it('finds an image by itself, exactly and not, and draws which patches drove each match', () => {
    const overlay = join(folder, 'maps');
    const asked = ['search', '--image', imageOf(0), '--index', index, '-k', '3'];
    const { results, plan, among } = ask(...asked, '--overlay', overlay);
    const [first, ...rest] = results as readonly Found[];
    assert.deepEqual([plan, among, rest.length], [planId, 'images', 2]);
    assert.equal(first?.id, pairs[0]!.id);
    assert.equal(first.patientId, pairs[0]!.patientId);
    assert(first.score > 0.999);
    assert.deepEqual(readdirSync(overlay), ['match-1.png', 'match-2.png', 'match-3.png']);
    const attended = join(folder, 'attention');
    ask(...asked, '--overlay', attended, '--map', 'attention');
    const bytesOf = (dir: string, name: string): Buffer => readFileSync(join(dir, name));
    assert.deepEqual(bytesOf(attended, 'match-2.png'), bytesOf(attended, 'match-1.png'));
    assert.notDeepEqual(bytesOf(attended, 'match-1.png'), bytesOf(overlay, 'match-1.png'));
    const refused = runProgram('client', [...asked, '--overlay', attended, '--map', 'gradient', '--dir', site]);
    assert.match(refused.err, /--map gradient: expected occlusion or attention \[badArgument\]/);
    const ids = (found: unknown): readonly string[] => (found as readonly Found[]).map(({ id }) => id);
    assert.deepEqual(ids(ask(...asked, '--exact')['results']), ids(results));
  });

  it('finds reports by an image, and images by a text, with maps on what was found', () => {
    const reports = ask('search', '--image', imageOf(1), '--index', index, '--among', 'reports', '-k', '2');
    assert.equal((reports['results'] as readonly Found[]).length, 2);
    const texts = ['search', '--text', 'there is a pleural effusion on the left .', '--index', index, '-k', '2'];
    const overlay = join(folder, 'text-maps');
    const found = ask(...texts, '--overlay', overlay, '--data', csv)['results'] as readonly Found[];
    assert.deepEqual(found.map((one) => one.overlay), [join(overlay, 'match-1.png'), join(overlay, 'match-2.png')]); // prettier-ignore
    assert(found.every(({ overlay: path }) => existsSync(path!)));
    const { code, err } = runProgram('client', [...texts, '--overlay', overlay, '--dir', site]);
    assert.equal(code, 2);
    assert.match(err, /needs --data CSV .* \[badArgument\]/);
  });

  it('scores images for prompts among the images of the hospital, and refuses what the method cannot do', () => {
    const prompts = ['--prompt', 'pleural effusion on the left .', '--prompt', 'no abnormality is seen in the chest .'];
    const { images, meaning } = ask('classify', '--image', imageOf(0), imageOf(1), ...prompts, '--data', csv);
    assert.equal(meaning, 'cosine');
    const answers = images as readonly {
      readonly classes: readonly { readonly class: string; readonly above: number }[];
    }[];
    assert.deepEqual(answers.map(({ classes }) => classes.length), [2, 2]); // prettier-ignore
    assert(answers.every(({ classes }) => classes.every(({ above }) => above >= 0 && above <= 1)));
    const { code, err } = runProgram('client', ['severity', '--image', imageOf(0), '--dir', site]);
    assert.equal(code, 2);
    assert.match(err, /^consilium-site: clip orders no severity: .* \[unsupported\]$/m);
  });

  it('exports its encoders, which others can run and read', async () => {
    const out = join(folder, 'export');
    ask('model', 'export', '--format', 'onnx', '--out', out);
    const session = await InferenceSession.create(join(out, 'image.onnx'));
    assert.deepEqual([session.inputNames, session.outputNames], [['image'], ['embedding']]);
    await session.release();
    ask('model', 'export', '--format', 'safetensors', '--out', out);
    const { metadata } = decodeSafetensors(readFileSync(join(out, 'model.safetensors')));
    assert.equal(metadata['plan'], planId);
    assert.deepEqual(readdirSync(out).sort(), ['image.onnx', 'model.json', 'model.safetensors', 'text.onnx', 'vocabulary.json']); // prettier-ignore
  });

  it('writes its evaluation as a page, with the phantom as examples and their ids nowhere', () => {
    const html = join(folder, 'report.html');
    const result = ask('model', 'evaluate', '--data', csv, '--html', html);
    const page = readFileSync(html, 'utf8');
    assert.match(page, /Recall among the first k/);
    assert.match(page, /data:image\/png;base64,/);
    for (const text of [page, JSON.stringify(result)])
      assert(!text.includes('north-test-') && !text.includes('patient-'));
  });

  it('refuses an index of the model before', () => {
    const store = new ModelStore(site, planId, nodeCrypto);
    const { model } = store.current()!; // written before
    store.install(13, { ...model, round: 13, weights: model.weights.map((weight) => weight / 2) });
    const { code, err } = runProgram('client', ['search', '--image', imageOf(0), '--index', index, '--dir', site]);
    assert.equal(code, 3);
    assert.match(err, /made with the model of round 12 .* make it anew with consilium-site index \[modelMismatch\]/);
  });
});
