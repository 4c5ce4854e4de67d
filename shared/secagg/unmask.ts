/**
 * The rule on which all secrecy rests: of every site one secret at most is ever rebuilt, so a site reveals one share of
 * the two that it holds of a dealer, and never the other. Source: proto/spec/secure-sum.md, section 5, phase 4.
 *
 * @module
 */
import type { SiteId } from '../util/ids.ts';
import { unreachable } from '../util/unreachable.ts';
import type { HeldShares, RevealedShare, ShareKind } from './types.ts';

/** A site of U2 in phase 4: in U3 or not. */
export type Standing = 'survivor' | 'dropout';

/** Where `site` stands once U3 is closed. */
export function standingOf(site: SiteId, u3: ReadonlySet<SiteId> | ReadonlyMap<SiteId, unknown>): Standing {
  return u3.has(site) ? 'survivor' : 'dropout';
}

/** > The share of b_j if j is in U3, the share of s_sk_j if not. The other one MUST NOT leave this site, ever. */
export function shareToReveal(j: SiteId, standing: Standing, held: HeldShares): RevealedShare {
  const kind = kindToReveal(standing);
  return { of: j, kind, share: held[kind] };
}

/** The switch: b of a survivor, s_sk of a dropout. There is no third answer and no way to both. */
export function kindToReveal(standing: Standing): ShareKind {
  switch (standing) {
    case 'survivor':
      return 'self-mask';
    case 'dropout':
      return 'mask-key';
    default:
      return unreachable(standing);
  }
}
