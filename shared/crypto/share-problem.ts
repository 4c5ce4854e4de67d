/** What a set of Shamir shares must not have before it is combined. A share ends with its index x. @module */

/** What makes these shares impossible to combine, if anything. All of one length of at least 2 bytes. */
export function shareProblem(
  shares: readonly Uint8Array[],
  length = shares[0]?.length ?? 0,
): 'tooFewShares' | 'shareLength' | 'shareIndexZero' | 'duplicateShare' | undefined {
  if (shares.length < 2) return 'tooFewShares';
  if (length < 2 || shares.some((share) => share.length !== length)) return 'shareLength';
  const indices = shares.map((share) => share.at(-1));
  if (indices.includes(0)) return 'shareIndexZero';
  return new Set(indices).size < indices.length ? 'duplicateShare' : undefined;
}
