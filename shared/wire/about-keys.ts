/** Which messages of a session are about keys, and which are of a round. @module */
import type { CoordinatorKeyMessage, SiteKeyMessage } from '../secagg/keys/types.ts';
import type { FromSite, ToSite } from './types.ts';

const kinds: Readonly<Record<SiteKeyMessage['kind'] | CoordinatorKeyMessage['kind'], true>> = {
  holding: true,
  keyRecord: true,
  keyBox: true,
  keyRefusal: true,
  keyRequested: true,
  keyWanted: true,
  snapshotWanted: true,
  snapshotRecord: true,
};

/** Whether a site speaks of keys, and not of a round. */
export function isSiteKeyMessage(message: FromSite): message is SiteKeyMessage {
  return message.kind in kinds;
}

/** Whether the coordinator speaks of keys, and not of a round. */
export function isCoordinatorKeyMessage(message: ToSite): message is CoordinatorKeyMessage {
  return message.kind in kinds;
}
