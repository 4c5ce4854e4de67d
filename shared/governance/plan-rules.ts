/**
 * What must hold between the fields of a plan, beyond the shape of each. Every site checks this again: a coordinator's
 * word is not enough.
 *
 * @module
 */
import { bgvBearsSites } from '../crypto/bgv-format.ts';
import { completeUpTo, hasSparseGraph, mostHolders } from '../secagg/graph-parameters.ts';
import { chunkUnit } from '../secagg/upload-cut.ts';
import { optimizerProblems } from './server-optimizer.ts';
import { countRange, isCount, isRowTensor, rowSegments, segmentLength, segmentNames } from './segments.ts';
import { checkSum, problemSentence } from './sum-check.ts';
import type { Plan, Roster, SegmentPlan } from './types.ts';

/** One sentence, beginning with the field's path, for every rule that does not hold. */
export function planProblems(plan: Plan): readonly string[] {
  return [
    ...checkSum(plan.sum).problems.map(problemSentence),
    ...chunkProblems(plan.sum),
    ...noiseProblems(plan.sum),
    ...(plan.sum.threshold < 2
      ? ['sum.threshold: at least 2, for a single share that opens a secret is the secret']
      : []),
    ...graphProblems(plan.sum),
    ...listProblems(plan.sum.segments),
    ...plan.sum.segments.flatMap((segment, i) => segmentProblems(plan, segment, `sum.segments.${i}`)),
    ...weightProblems(plan),
    ...modelProblems(plan.model),
    ...rowTensorProblems(plan),
    ...evaluationProblems(plan),
    ...optimizerProblems(plan.serverOptimizer),
  ];
}

/** What does not hold between a plan and the roster under which it is approved. */
export function rosterProblems({ sum }: Plan, roster: Roster): readonly string[] {
  const { problems } = checkSum(sum, roster);
  const tooFew = `the roster has ${roster.sites.length} sites, and a round needs a quorum of ${sum.quorum}`;
  return [...problems.map(problemSentence), ...(roster.sites.length >= sum.quorum ? [] : [tooFew])];
}

/**
 * A share index is one byte, so above 255 sites the graph must be sparse. The fewest such sites decide: each rule is the
 * easier kept the more sites share the same colluders and dropouts (proto/spec/sparse-graph.md).
 */
function graphProblems({ maxSites, quorum, colluders, dropouts }: Plan['sum']): readonly string[] {
  const fewest = Math.max(mostHolders + 1, quorum);
  if (maxSites < fewest || hasSparseGraph({ sites: fewest, colluders, dropouts, completeUpTo })) return [];
  return [
    `sum.maxSites: ${maxSites}, but no graph of ${fewest} sites bears ${colluders} colluders and ${dropouts} dropouts: ` +
      `lower colluders or dropouts, or plan for at most ${mostHolders} sites`,
  ];
}

/** A chunk stands alone: it holds whole words, or whole ciphertexts. */
function chunkProblems({ chunkBytes, encryption, modulusBits }: Plan['sum']): readonly string[] {
  const unit = chunkUnit(encryption, modulusBits);
  if (chunkBytes % unit === 0) return [];
  const what = encryption === 'bgv' ? 'bytes of a ciphertext' : 'modulusBits';
  return [`sum.chunkBytes: ${chunkBytes} is no multiple of the ${what}, ${unit}`];
}

/** Beyond that a sum of ciphertexts might open wrongly. */
function noiseProblems({ encryption, maxSites }: Plan['sum']): readonly string[] {
  if (encryption !== 'bgv' || bgvBearsSites(maxSites)) return [];
  return [`sum.maxSites: the noise of ${maxSites} ciphertexts may be too much for the parameters of bgv`];
}

/** Those of the closed list, in its order, none twice, a delta among them. */
function listProblems(segments: readonly SegmentPlan[]): readonly string[] {
  const names = segments.map(({ name }) => name);
  const expected = segmentNames.filter((name) => names.includes(name));
  const inOrder = names.length === expected.length && names.every((name, i) => name === expected[i]);
  const order = `sum.segments: expected some of ${segmentNames.join(', ')}, in this order, each once; got ${names.join(', ')}`;
  return [
    ...(inOrder ? [] : [order]),
    ...(names.includes('delta') ? [] : ['sum.segments: the segment delta is missing']),
    ...Object.entries(rowSegments).flatMap(([rows, weights]) =>
      names.includes(rows) === names.includes(weights) ? [] : [`sum.segments: ${rows} and ${weights} go together`],
    ),
  ];
}

function segmentProblems(plan: Plan, { name, length, range, bits }: SegmentPlan, path: string): readonly string[] {
  const expected = name === 'evaluation' ? length : segmentLength(name, plan.model, namesOf(plan));
  if (expected === undefined) return [`${path}.name: the model has no tensor for ${name}`];
  const unit = countRange(bits);
  return [
    ...(length === expected ? [] : [`${path}.length: ${name} has ${expected} numbers, not ${length}`]),
    ...(range > 0 ? [] : [`${path}.range: ${name} needs a range above 0`]),
    ...(isCount(name) && range !== unit
      ? [`${path}.range: a count of ${bits} bits has the range ${unit}, so that it is not rounded`]
      : []),
  ];
}

/** A weighted mean needs the sum of the weights, and a field that holds the greatest of them. */
function weightProblems({ sum: { weightCap, segments } }: Plan): readonly string[] {
  const counts = segments.find(({ name }) => name === 'exampleCount');
  if (weightCap === null)
    return counts === undefined
      ? []
      : ['sum.weightCap: is missing, and without it nothing needs the segment exampleCount'];
  if (counts === undefined) return ['sum.segments: a plan with a weightCap needs the segment exampleCount'];
  return weightCap < 2 ** counts.bits ? [] : [`sum.weightCap: ${weightCap} does not fit in ${counts.bits} bits`];
}

function namesOf({ sum }: Plan): readonly string[] {
  return sum.segments.map(({ name }) => name);
}

function evaluationProblems(plan: Plan): readonly string[] {
  if (namesOf(plan).includes('evaluation') === (plan.evaluation !== null)) return [];
  return ['evaluation: goes together with the segment evaluation'];
}

/** Tensors with rows of their own come last, in the order of their segments. */
function rowTensorProblems(plan: Plan): readonly string[] {
  const names = namesOf(plan);
  const tensors = plan.model.map(({ name }) => name);
  const rows = names.filter((name) => isRowTensor(name, names));
  const inOrder = rows.every((name, i) => tensors[tensors.length - rows.length + i] === name);
  return inOrder ? [] : [`model: ${rows.join(', ')} must be its last tensors, in this order`];
}

function modelProblems(model: Plan['model']): readonly string[] {
  const twice = model.map(({ name }) => name).filter((name, i, names) => names.indexOf(name) !== i);
  return twice.map((name) => `model: two tensors are called ${name}`);
}
