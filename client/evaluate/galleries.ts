/** Test pairs in galleries of about 100, so that figures of sets of different sizes can be compared. @module */

const wantedSize = 100;

/** The indices 0 to `count` - 1 in runs of nearly equal length, as near to 100 as whole runs allow. */
export function galleries(count: number): readonly (readonly number[])[] {
  const runs = Math.max(1, Math.round(count / wantedSize));
  return Array.from({ length: runs }, (_, i) => {
    const [from, to] = [Math.floor((i * count) / runs), Math.floor(((i + 1) * count) / runs)];
    return Array.from({ length: to - from }, (__, j) => from + j);
  });
}
