/**
 * The shape of a plan as a person writes it: what may be left out, and what stands there then. The rules between the
 * fields are in `plan-rules.ts`. Documented for people in docs/reference/plan.md.
 *
 * @module
 */
import * as v from 'valibot';
import { isJson } from '../codec/canonical-json.ts';
import { defaultDropouts } from '../secagg/graph-parameters.ts';
import { chunkUnit } from '../secagg/upload-cut.ts';
import { countRange, isCount, segmentLength, unitOf } from './segments.ts';
import { checkSum } from './sum-check.ts';
import type { JsonValue, Plan, SegmentPlan } from './types.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const positive = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const amount = v.pipe(v.number(), v.finite(), v.gtValue(0));
const name = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z][A-Za-z0-9.-]{0,63}$/, 'expected a letter, then letters, digits, . or -'),
);
const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'expected 64 lowercase hex digits'));
const json = v.pipe(v.unknown(), v.check(isJson, 'expected plain JSON data'));

const segment = v.strictObject({
  name: v.pipe(v.string(), v.minLength(1)),
  length: v.optional(positive),
  range: v.optional(amount),
  bits: v.pipe(positive, v.maxValue(31)),
  unit: v.optional(v.string()),
});

const sum = v.strictObject({
  maxSites: positive,
  colluders: v.optional(count),
  threshold: v.optional(positive),
  quorum: v.optional(positive),
  dropouts: v.optional(count),
  trustsCoordinator: v.optional(v.boolean(), false),
  modulusBits: v.optional(v.pipe(positive, v.maxValue(32))),
  encryption: v.optional(v.picklist(['none', 'stream', 'bgv']), 'none'),
  keyEpochRounds: v.optional(positive, 50),
  clipNorm: v.optional(v.nullable(amount), null),
  weightCap: v.optional(v.nullable(positive), null),
  segments: v.pipe(v.array(segment), v.minLength(1)),
  chunkBytes: v.optional(v.pipe(positive, v.maxValue(2 ** 21))),
  maxAttempts: v.optional(v.pipe(positive, v.maxValue(100)), 3),
});

const schedule = v.strictObject({
  waitMs: v.optional(positive, 60_000),
  trainingMs: v.optional(positive, 6 * 3_600_000),
  phaseMs: v.optional(positive, 120_000),
  unmaskMs: v.optional(positive, 3_600_000),
});

const planFile = v.strictObject({
  name,
  rounds: positive,
  method: v.strictObject({ name, config: v.optional(json, {}) }),
  program: v.strictObject({ fingerprint: hash, initialModelHash: hash }),
  model: v.pipe(
    v.array(v.strictObject({ name: v.pipe(v.string(), v.minLength(1)), shape: v.array(positive) })),
    v.minLength(1),
  ),
  serverOptimizer: v.optional(
    v.strictObject({ name, parameters: v.optional(v.record(v.string(), v.pipe(v.number(), v.finite())), {}) }),
    {
      name: 'fedAvg',
      parameters: { serverLearningRate: 1 },
    },
  ),
  sum,
  evaluation: v.optional(v.nullable(v.strictObject({ everyRounds: positive })), null),
  schedule: v.optional(schedule, {}),
});
type PlanFile = v.InferOutput<typeof planFile>;

/** The plan with every default in its place, or one sentence for each field that is wrong. */
export function readPlanFile(data: unknown): { readonly plan: Plan } | { readonly problems: readonly string[] } {
  const read = v.safeParse(planFile, data);
  if (read.success) return { plan: complete(read.output) };
  return { problems: read.issues.map((issue) => `${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`) };
}

function complete(file: PlanFile): Plan {
  const { colluders = null, threshold = null, quorum = null, dropouts, modulusBits, chunkBytes, ...given } = file.sum;
  const segments = given.segments.map((part, _, all) => {
    const names = all.map((one) => one.name);
    return completeSegment(part, segmentLength(part.name, file.model, names) ?? 1);
  });
  const widest = Math.max(...segments.map(({ bits }) => bits));
  const m = modulusBits ?? (given.encryption === 'none' ? leastModulusBits(given.maxSites, widest) : 32);
  const stated = {
    ...given,
    segments,
    modulusBits: m,
    chunkBytes: chunkBytes ?? wholeChunk(chunkUnit(given.encryption, m)),
  };
  const checked = checkSum({ ...stated, colluders, threshold, quorum });
  const quorums = {
    colluders: checked.colluders,
    threshold: checked.threshold,
    quorum: checked.quorum,
    dropouts: dropouts ?? defaultDropouts(given.maxSites, checked.quorum),
  };
  // The schema has checked that it is JSON.
  const method = { name: file.method.name, config: file.method.config as JsonValue };
  return { ...file, method, sum: { ...stated, ...quorums } };
}

/** The fewest bits m for which `maxSites · (2^bits − 1) < 2^m`. */
function leastModulusBits(maxSites: number, bits: number): number {
  return Math.floor(Math.log2(maxSites * (2 ** bits - 1))) + 1;
}

/** About 256 KiB, in whole units. */
function wholeChunk(unit: number): number {
  return unit * Math.floor(2 ** 18 / unit);
}

function completeSegment(part: v.InferOutput<typeof segment>, length: number): SegmentPlan {
  return {
    name: part.name,
    length: part.length ?? length,
    range: part.range ?? (isCount(part.name) ? countRange(part.bits) : 0),
    bits: part.bits,
    unit: part.unit ?? unitOf(part.name) ?? '',
  };
}
