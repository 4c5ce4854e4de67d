/** Suite `secagg/graph`. @module */
import type { Crypto } from '#shared/crypto/types';
import { fewestInGap, graphOnRing, neighbourhoodShares, neighboursOf, sumGraph } from '#shared/secagg/graph';
import type { GraphShape } from '#shared/secagg/graph';
import { graphParameters } from '#shared/secagg/graph-parameters';
import { bytes, number, sites } from '../vector-input.ts';
import type { JsonObject, Suite } from '../vectors.ts';

export function graph(crypto: Crypto): Suite {
  return {
    graph: (input) => {
      const made = sumGraph(crypto, bytes(input['transcript']), sites(input['sites']), shape(input));
      const neighbours = Object.fromEntries(made.order.map((site) => [site, neighboursOf(made, site)]));
      return { kind: made.kind, order: made.order, neighbours };
    },
    gapRule: (input) => {
      const fewest = fewestInGap(graphOnRing(sites(input['order']), shape(input)), new Set(sites(input['u3'])));
      return { fewest, holds: fewest === null || fewest >= number(input['gap']) };
    },
    neighbourhoodShares: (input) => {
      const ring = graphOnRing(sites(input['order']), shape(input));
      const u3 = new Set(sites(input['u3']));
      const made = neighbourhoodShares(ring, sites(input['u2']), u3, number(input['shareThreshold']));
      const { neighboursInU3, short } = made;
      return { neighboursInU3: Object.fromEntries(neighboursInU3), short, holds: short.length === 0 };
    },
    parameters: (input) =>
      graphParameters({
        sites: number(input['sites']),
        colluders: number(input['colluders']),
        dropouts: number(input['dropouts']),
        completeUpTo: number(input['completeUpTo']),
      }),
  };
}

function shape(input: JsonObject): GraphShape {
  return { degree: number(input['degree']), completeUpTo: number(input['completeUpTo']) };
}
