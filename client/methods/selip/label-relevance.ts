/**
 * How much one study matters to who looks for another, by their labels alone: what a generator drew, or what people
 * marked. It knows nothing of the reports and nothing of the loss's own matrix.
 *
 * @module
 */
import { meanOf } from '#client/evaluate/mean';

/**
 * The mean over the labels of both studies of the best match on the other side, from 0 to 1. Two labels match by the
 * share of their parts (`kind:place:signal`) that are equal, place by place. A study without labels matches nothing.
 */
export function labelRelevance(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return 0;
  const best = (label: string, others: readonly string[]): number =>
    Math.max(...others.map((other) => match(label, other)));
  return meanOf([...a.map((label) => best(label, b)), ...b.map((label) => best(label, a))]);
}

function match(a: string, b: string): number {
  const [here, there] = [a.split(':'), b.split(':')];
  const equal = here.filter((part, i) => part === there[i]).length;
  return equal / Math.max(here.length, there.length);
}
