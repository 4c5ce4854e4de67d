/**
 * Every field that a site ever sends, and what section 9 of proto/spec/secure-sum.md calls it. A message or a field that
 * is not here is something that leaves a hospital and that nobody has agreed to.
 */

const who = 'which sites are enrolled, connected, ready, in U1, U2 and U3';
const plan = 'the plan';
const hashes = 'hashes of models';
const votes = 'votes and codes of refusals';
const keys = 'public keys and boxes';
const masked = 'the aggregate';
const bound = 'sizes and times of messages';
const dataKeys = "of data keys their hashes, who made one, who holds one, and the round of its holder's model";

/** By the path of the call, then by the path of the field in its request. */
export const visibleUp: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '/consilium.v1.EnrolmentService/Enrol': {
    tokenSecret: who,
    site: who,
    certificateRequest: keys,
    identityKey: keys,
    sealingKey: keys,
    possession: keys,
  },
  '/consilium.v1.SiteService/GetPlan': {},
  '/consilium.v1.SiteService/GetRounds': { firstRound: who },
  '/consilium.v1.SiteService/SubmitApproval': {
    'approval.site': who,
    'approval.planHash': plan,
    'approval.rosterHash': who,
    'approval.signature': plan,
  },
  '/consilium.v1.SiteService/SubmitRefusal': { planHash: plan, code: votes },
  '/consilium.v1.SiteService/Session': {
    ...fields('ready', { round: who, site: who }),
    ...fields('refusal', { round: who, site: who, code: votes }),
    ...fields('advertisement', {
      ...{ site: who, context: hashes, signature: keys },
      ...{ channelPublicKey: keys, maskPublicKey: keys, selfMaskCommitment: keys },
    }),
    ...fields('keyShares', {
      ...{ site: who, context: hashes, transcript: keys, signature: keys },
      ...{ 'shares.holder': who, 'shares.sealed': keys, 'shares.selfMaskHash': keys, 'shares.maskKeyHash': keys },
    }),
    ...fields('badShareReport', { site: who, context: hashes, transcript: keys, dealers: who, signature: keys }),
    ...fields('uploadCommitment', { site: who, context: hashes, commitment: bound, signature: keys }),
    ...fields('confirmation', { site: who, context: hashes, confirmation: who, signature: keys }),
    ...fields('unmaskAnswer', {
      ...{ site: who, context: hashes, confirmationHash: who, signature: keys },
      ...{ 'shares.of': who, 'shares.kind': who, 'shares.share': masked },
    }),
    ...fields('modelSignature', { site: who, context: hashes, modelHash: hashes, signature: keys }),
    ...fields('holding', {
      ...{ site: who, planHash: plan, modelRound: dataKeys },
      ...{ 'keys.epoch': dataKeys, 'keys.keyHash': dataKeys },
    }),
    ...fields('keyRecord', {
      ...{ planHash: plan, rosterHash: who, epoch: dataKeys, place: dataKeys, maker: dataKeys },
      ...{ keyHash: dataKeys, parameters: plan, signature: keys },
    }),
    ...fields('keyBox', { planHash: plan, epoch: dataKeys, sealer: dataKeys, recipient: dataKeys, sealed: keys }),
    ...fields('keyRefusal', { site: who, planHash: plan, epoch: dataKeys, sealer: dataKeys, code: votes }),
  },
  '/consilium.v1.SiteService/UploadStatus': { round: who, commitment: bound },
  '/consilium.v1.SiteService/Upload': {
    'part.header.round': who,
    'part.header.commitment': bound,
    'part.chunk.index': bound,
    'part.chunk.data': masked,
  },
  '/consilium.v1.SiteService/FetchAggregate': { round: who, offset: bound },
  '/consilium.v1.SiteService/SnapshotStatus': snapshot('record'),
  '/consilium.v1.SiteService/UploadSnapshot': {
    ...snapshot('part.header'),
    'part.chunk.index': bound,
    'part.chunk.data': keys,
  },
  '/consilium.v1.SiteService/FetchSnapshot': { firstIndex: bound },
};

/** The fields of one kind of message of a session. */
function fields(kind: string, of: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const named = Object.entries(of).map(([name, what]) => [`message.${kind}.${name}`, what]);
  return Object.fromEntries(named) as Record<string, string>; // pairs of strings, one line above
}

/** The fields of a snapshot's record, under this path. */
function snapshot(at: string): Readonly<Record<string, string>> {
  const of = {
    ...{ planHash: plan, rosterHash: who, epoch: dataKeys, round: dataKeys, modelHash: hashes },
    ...{ maker: dataKeys, recipient: dataKeys, byteLength: bound, signature: keys },
  };
  return Object.fromEntries(Object.entries(of).map(([name, what]) => [`${at}.${name}`, what]));
}

/** The words of section 9 that the table uses. */
export const categories: readonly string[] = [who, plan, hashes, votes, keys, masked, bound, dataKeys];
