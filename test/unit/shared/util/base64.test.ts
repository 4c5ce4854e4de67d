import assert from 'node:assert/strict';
import { fromBase64, toBase64 } from '#shared/util/base64';

describe('base64', () => {
  it('is that of RFC 4648, section 10', () => {
    const text = new TextEncoder();
    const vectors = {
      '': '',
      f: 'Zg==',
      fo: 'Zm8=',
      foo: 'Zm9v',
      foob: 'Zm9vYg==',
      fooba: 'Zm9vYmE=',
      foobar: 'Zm9vYmFy',
    };
    for (const [plain, coded] of Object.entries(vectors)) {
      assert.equal(toBase64(text.encode(plain)), coded);
      assert.deepEqual(fromBase64(coded), text.encode(plain));
    }
  });

  it('takes bytes of any length, across the blocks in which it works', () => {
    const bytes = Uint8Array.from({ length: 20_000 }, (_, i) => (i * 7) % 256);
    assert.deepEqual(fromBase64(toBase64(bytes)), bytes);
  });

  for (const wrong of ['Zg', 'Zh==', 'Z g=', 'Zg==Zg==', 'Zm9v\n', '====']) {
    it(`knows nothing of ${JSON.stringify(wrong)}`, () => {
      assert.equal(fromBase64(wrong), undefined);
    });
  }
});
