import assert from 'node:assert/strict';
import { DecodeError } from '#shared/errors';
import * as decode from '#shared/wire/decode';
import * as encode from '#shared/wire/encode';
import type { UploadPart } from '#shared/wire/types';
import { bytesOf, siteId } from '../../../support/secrets.ts';
import { coordinatorMessages } from '../../../support/messages.ts';
import { holdsOnTheWire, patched } from '../../../support/wire-laws.ts';

const commitment = new Uint8Array(96).fill(4);
const name = { round: 2, commitment };
const approval = {
  site: siteId('north'),
  planHash: bytesOf('plan'),
  rosterHash: bytesOf('roster'),
  signature: new Uint8Array(64).fill(1),
};
const short = new Uint8Array(31);

describe('bulk bytes on the wire', () => {
  holdsOnTheWire({
    name: 'UploadStatusRequest',
    value: name,
    encode: encode.encodeUploadStatusRequest,
    decode: decode.decodeUploadStatusRequest,
    refused: [
      ['round', 'outOfRange', { ...name, round: 0 }],
      ['commitment', 'wrongLength', { ...name, commitment: short }],
    ],
  });
  holdsOnTheWire<readonly number[]>({
    name: 'UploadStatusResponse',
    value: [0, 1, 7, 300],
    encode: encode.encodeUploadStatus,
    decode: decode.decodeUploadStatus,
    shorter: [0],
    refused: [
      ['present', 'outOfRange', [1, 1]],
      ['present', 'outOfRange', [2, 1]],
      ['present', 'outOfRange', [262_144]],
    ],
  });
  holdsOnTheWire<UploadPart>({
    name: "an upload's header",
    value: { kind: 'header', ...name },
    encode: encode.encodeUploadPart,
    decode: decode.decodeUploadPart,
    refused: [
      ['round', 'outOfRange', { kind: 'header', ...name, round: 0 }],
      ['commitment', 'wrongLength', { kind: 'header', ...name, commitment: short }],
      ['part', 'missingField', new Uint8Array(0)],
    ],
  });
  holdsOnTheWire({
    name: 'UploadResponse',
    value: 12,
    encode: encode.encodeUploadResult,
    decode: decode.decodeUploadResult,
    shorter: [0],
    refused: [['present_count', 'outOfRange', 262_145]],
  });
  holdsOnTheWire({
    name: 'FetchAggregateRequest',
    value: { round: 2, offset: 2 ** 40 },
    encode: encode.encodeAggregateRequest,
    decode: decode.decodeAggregateRequest,
    shorter: [2],
    refused: [
      ['round', 'outOfRange', { round: 0, offset: 1 }],
      ['offset', 'outOfRange', { round: 1, offset: 2 ** 60 }],
    ],
  });

  it('takes a chunk as a view, so that a large one is not copied', () => {
    const data = new Uint8Array(1 << 20).fill(7);
    const bytes = encode.encodeUploadPart({ kind: 'chunk', index: 3, data });
    const part = decode.decodeUploadPart(bytes);
    assert(part.kind === 'chunk');
    assert.deepEqual([part.index, part.data.length, part.data.buffer], [3, data.length, bytes.buffer]);
  });

  it('refuses a chunk with an index that no upload has', () => {
    const bytes = encode.encodeUploadPart({ kind: 'chunk', index: 262_144, data: short });
    assert.throws(() => decode.decodeUploadPart(bytes), isDecodeError('outOfRange'));
  });

  it('takes a piece of an aggregate with its offset', () => {
    const piece = { offset: 2 ** 35, data: Uint8Array.of(1, 2, 3) };
    const { offset, data } = decode.decodeAggregatePiece(encode.encodeAggregatePiece(piece));
    assert.deepEqual([offset, [...data]], [piece.offset, [1, 2, 3]]);
  });
});

describe('the plan on the wire', () => {
  const current = { plan: Uint8Array.of(1, 2), roster: Uint8Array.of(3), approvals: [approval] };

  holdsOnTheWire<Parameters<typeof encode.encodeCurrentPlan>[0]>({
    name: 'GetPlanResponse',
    value: current,
    encode: encode.encodeCurrentPlan,
    decode: (bytes) => {
      const plan = decode.decodeCurrentPlan(bytes);
      if (plan === null) throw new DecodeError('missingField', 'nothing is cut to nothing, which is a message too');
      return plan;
    },
    refused: [
      ['plan', 'wrongLength', { ...current, plan: new Uint8Array(0) }],
      ['roster', 'wrongLength', { ...current, roster: new Uint8Array((1 << 20) + 1) }],
      ['site', 'badFormat', { ...current, approvals: [{ ...approval, site: '-' as typeof approval.site }] }],
      ['plan_hash', 'wrongLength', { ...current, approvals: [{ ...approval, planHash: short }] }],
    ],
  });
  holdsOnTheWire({
    name: 'SubmitApprovalRequest',
    value: approval,
    encode: encode.encodeApproval,
    decode: decode.decodeApproval,
    refused: [
      ['approval', 'missingField', new Uint8Array(0)],
      ['plan_hash', 'wrongLength', { ...approval, planHash: short }],
      ['roster_hash', 'wrongLength', { ...approval, rosterHash: short }],
      ['signature', 'wrongLength', { ...approval, signature: short }],
    ],
  });
  const refusal = { planHash: bytesOf('plan'), code: 'policy' } as const;
  holdsOnTheWire<Parameters<typeof encode.encodePlanRefusal>[0]>({
    name: 'SubmitRefusalRequest',
    value: refusal,
    encode: encode.encodePlanRefusal,
    decode: decode.decodePlanRefusal,
    refused: [
      ['plan_hash', 'wrongLength', { ...refusal, planHash: short }],
      ['code', 'unknownEnum', patched(encode.encodePlanRefusal(refusal), [0x10, 2], [0x10, 4])],
    ],
  });
  holdsOnTheWire({
    name: 'GetRoundsRequest',
    value: 3,
    encode: encode.encodeGetRounds,
    decode: decode.decodeGetRounds,
    refused: [['first_round', 'outOfRange', 0]],
  });

  it('carries no plan as null', () => {
    assert.equal(decode.decodeCurrentPlan(encode.encodeCurrentPlan(null)), null);
  });

  it('carries closed rounds, with and without an aggregate', () => {
    const { aggregatePublished: published, roundClosed: closed } = coordinatorMessages;
    const rounds = [
      { published, closed },
      { published: null, closed: { ...closed, outcome: 'belowQuorum' as const, signatures: [], culprits: [] } },
    ];
    assert.deepEqual(decode.decodeClosedRounds(encode.encodeClosedRounds(rounds)), rounds);
  });

  it('refuses bytes where a message has no fields', () => {
    decode.decodeEmpty(encode.encodeGetPlan());
    decode.decodeEmpty(encode.encodeKept());
    assert.throws(() => {
      decode.decodeEmpty(Uint8Array.of(8, 1));
    }, isDecodeError('nonCanonical'));
  });
});

function isDecodeError(code: DecodeError['code']): (error: unknown) => boolean {
  return (error) => error instanceof DecodeError && error.code === code;
}
