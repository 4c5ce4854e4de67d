/** A map over an image's patches. @module */

/** What each patch counts. */
export interface PatchMap {
  /** Patches along each axis. */
  readonly grid: readonly number[];
  /** In the order of the grid; below 0 where a patch speaks against what is asked. */
  readonly parts: readonly number[];
}
