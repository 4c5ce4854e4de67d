/** The phantoms by name, and their cases as training takes them. @module */
import { InvariantError, UsageError } from '#shared/errors';
import { standardised } from '../read-image.ts';
import { onGrid } from '../read-volume.ts';
import type { Pair } from '../types.ts';
import { headPhantom } from './head/generate.ts';
import { chestPhantom } from './chest/generate.ts';
import { radiographPhantom } from './radiograph/generate.ts';
import { hardSeverityPhantom, severityPhantom } from './severity/generate.ts';
import { tilePhantom } from './tiles/generate.ts';
import type { Phantom, PhantomImage, PhantomOptions } from './types.ts';
import { widePhantom } from './wide/generate.ts';

/** Every phantom by name. */
export const phantoms: ReadonlyMap<string, Phantom> = new Map(
  [chestPhantom, radiographPhantom, headPhantom, widePhantom, tilePhantom, severityPhantom, hardSeverityPhantom].map(
    (phantom) => [phantom.name, phantom],
  ),
);

/** The phantom of this name. @throws UsageError (badArgument) if this version has none */
export function phantomNamed(name: string): Phantom {
  const found = phantoms.get(name);
  if (found !== undefined) return found;
  throw new UsageError(
    'badArgument',
    `no phantom is called ${name}: this version has ${[...phantoms.keys()].join(', ')}`,
  );
}

/** A site's cases as training and evaluation take them, without a detour over files. @throws as `Phantom.cases` */
export function phantomPairs(phantom: Phantom, options: PhantomOptions): readonly Pair[] {
  return phantom.cases(options).map(({ id, image, report, labels, site, patientId, split }) => {
    const values = standardised(asRead(image));
    if (values === undefined) throw new InvariantError('unreachable', `the phantom image ${id} is flat`);
    return { id, report, labels, site, patientId, split, image: values };
  });
}

/** The numbers that reading the file gives: an image of 8 bits is read as one of 16, a volume is clipped. */
function asRead({ size, values }: PhantomImage): Float32Array {
  const [depth, height, width] = size;
  if (depth === undefined || height === undefined || width === undefined) {
    return new Float32Array(values).map((value) => 257 * value);
  }
  return onGrid({ size: [depth, height, width], values: new Float32Array(values) }, size);
}
