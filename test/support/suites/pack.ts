/** Suite `secagg/pack`. @module */
import { packFields, packedWordCount, packingOf, unpackFields } from '#shared/secagg/pack';
import type { PackedSegment } from '#shared/secagg/pack';
import { list, nullable, number, numbers, object, text } from '../vector-input.ts';
import type { JsonObject, Suite } from '../vectors.ts';

export const pack: Suite = {
  pack: (input) => {
    const packing = packed(input);
    return { ...shape(packing), words: [...packFields(packing, Uint32Array.from(numbers(input['quantized'])))] };
  },
  unpack: (input) => {
    const packing = packed(input);
    return { ...shape(packing), sum: [...unpackFields(packing, Uint32Array.from(numbers(input['sumOfWords'])))] };
  },
};

function packed(input: JsonObject): readonly PackedSegment[] {
  const segments = list(input['segments'], (item) => {
    const { name, length, bits, localSigma } = object(item);
    const segment = { name: text(name), length: number(length), bits: number(bits) };
    const sigma = nullable(localSigma, number);
    return sigma === null ? segment : { ...segment, localSigma: sigma };
  });
  return packingOf(segments, number(input['maxSites']), nullable(input['modulusBits'], number) ?? 32);
}

function shape(packing: readonly PackedSegment[]): { fieldsPerWord: readonly number[]; wordCount: number } {
  return {
    fieldsPerWord: packing.map(({ fieldsPerWord }) => fieldsPerWord),
    wordCount: packedWordCount(packing),
  };
}
