/**
 * What a round must come to when sites are lost, computed from who was lost when and from the plan's numbers alone; it
 * knows nothing of the machines. Source: proto/spec/secure-sum.md, section 5, "Dropouts".
 *
 * @module
 */
import type { RoundClosed } from '#shared/secagg/types';
import type { SiteId } from '#shared/util/ids';
import type { Moment, Op } from './federation.ts';
import type { Study } from './study.ts';

export interface Expected {
  readonly outcome: RoundClosed['outcome'];
  /** The sites in the published sum, if one is published. */
  readonly u3: readonly SiteId[] | undefined;
}

const order: readonly Moment[] = [
  'ready',
  'advertisement',
  'keyShares',
  'uploadCommitment',
  'chunks',
  'confirmation',
  'unmaskAnswer',
  'modelSignature',
];

/** The outcome of a round in which the `lose` operations happen, and the others change nothing. */
export function expectedRound({ names, parameters }: Study, ops: readonly Op[]): Expected {
  const { quorum, threshold } = parameters;
  const losses = ops.flatMap((op) => (op.op === 'lose' ? [op] : []));
  const heardIn = (moment: Moment): readonly SiteId[] =>
    names.filter(
      (site) => !losses.some((loss) => loss.site === site && order.indexOf(loss.before) <= order.indexOf(moment)),
    );
  const u3 = heardIn('chunks');
  if (u3.length < quorum) return { outcome: 'belowQuorum', u3: undefined };
  if (heardIn('confirmation').length < threshold) return { outcome: 'tooFewConfirmations', u3: undefined };
  if (heardIn('unmaskAnswer').length < threshold) return { outcome: 'tooFewShares', u3: undefined };
  return { outcome: heardIn('modelSignature').length < threshold ? 'votedDown' : 'accepted', u3 };
}

/** The sites whose power of two is in the sum, wherever it should be; undefined when words that should be equal are not. */
export function sitesInSum({ names, parameters }: Study, sum: Uint32Array): readonly SiteId[] | undefined {
  const { modulusBits } = parameters;
  const wordsForAll = Math.ceil(names.length / modulusBits);
  if (sum.some((word, i) => word !== sum[i % wordsForAll])) return undefined;
  return names.filter((_, i) => (sum[Math.floor(i / modulusBits)]! & (2 ** (i % modulusBits))) !== 0);
}
