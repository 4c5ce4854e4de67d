import assert from 'node:assert/strict';
import { probeEngines } from '#client/engine/probe';

describe('the probe of the engines', () => {
  it('says of every engine how fast it is or why it does not work', async () => {
    const probes = await probeEngines();
    assert.deepEqual(probes.map(({ engine }) => engine), ['tensorflow-gpu', 'onnx', 'onnx-cuda', 'onnx-webgpu', 'reference']); // prettier-ignore
    for (const probe of probes) {
      if (probe.works) assert.ok(probe.stepMs > 0);
      else assert.match(probe.reason, /\S{3}/, probe.engine);
    }
    const working = probes.filter(({ works }) => works).map(({ engine }) => engine);
    assert.ok(working.includes('onnx') && working.includes('reference'), String(working));
  });
});
