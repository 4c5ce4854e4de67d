/** A map over an image's patches. @module */
import { extentsOf, type ImageConfig } from '#client/methods/config';

/** What each patch counts. */
export interface PatchMap {
  /** Patches along each axis. */
  readonly grid: readonly number[];
  /** In the order of the grid; below 0 where a patch speaks against what is asked. */
  readonly parts: readonly number[];
}

/** The patches of the transformer along each axis. */
export function gridOf(image: ImageConfig): readonly number[] {
  const { patch } = image;
  return extentsOf(image).map((extent, axis) => extent / (typeof patch === 'number' ? patch : patch[axis]!)); // one for each axis
}
