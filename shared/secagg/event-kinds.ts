/** The kinds of events that a journal may hold: one entry for each, or this does not compile. @module */
import type { CoordinatorEvent, SiteEvent } from './types.ts';

export const coordinatorEventKinds: Readonly<Record<CoordinatorEvent['kind'], true>> = {
  opened: true,
  received: true,
  uploadCompleted: true,
  uploadMismatched: true,
  connected: true,
  restarted: true,
  deadline: true,
  sharesCombined: true,
  aggregateSummed: true,
  cancelled: true,
};

export const siteEventKinds: Readonly<Record<SiteEvent['kind'], true>> = {
  trained: true,
  attemptOpened: true,
  received: true,
  sharesDealt: true,
  uploadPrepared: true,
  modelFolded: true,
  aggregateRefused: true,
  reconnected: true,
};
