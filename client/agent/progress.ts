/**
 * What the agent tells the people of its own hospital, one line of JSON each. It stays on this machine: losses and figures
 * of one site are in no message.
 *
 * @module
 */
import type { Figures } from '#client/evaluate/types';
import type { LeftOut } from '#client/data/types';
import type { RoundClosed, SiteState } from '#shared/secagg/types';

/** One line. */
export type Progress =
  | { readonly kind: 'waiting'; readonly for: 'coordinator' | 'plan' }
  | { readonly kind: 'connected' }
  | { readonly kind: 'disconnected' }
  | { readonly kind: 'plan'; readonly plan: string; readonly name: string; readonly rounds: number }
  | {
      readonly kind: 'data';
      readonly trainPairs: number;
      readonly testPairs: number;
      readonly leftOut: readonly LeftOut[];
      readonly engine: string;
    }
  | { readonly kind: 'phase'; readonly round: number; readonly phase: SiteState['phase'] }
  | {
      readonly kind: 'trained';
      readonly round: number;
      readonly lossNats: number;
      readonly steps: number;
      readonly seconds: number;
    }
  /** This site holds the data key of this epoch. */
  | { readonly kind: 'keyHeld'; readonly epoch: number }
  /** A key or a snapshot that this site cannot use; `sealer` made it, `null` when the coordinator asked wrongly. */
  | { readonly kind: 'keyRefused'; readonly epoch: number; readonly code: string; readonly sealer: string | null }
  /** The model came from another site. */
  | { readonly kind: 'snapshot'; readonly round: number; readonly from: string }
  | { readonly kind: 'refused'; readonly round: number; readonly code: string; readonly culprits: readonly string[] }
  | {
      readonly kind: 'round';
      readonly round: number;
      readonly rounds: number;
      readonly outcome: RoundClosed['outcome'];
      readonly modelHash: string;
      /** Of all sites together. */
      readonly trainingLossNats: number | null;
    }
  /** How well the model does that the round started from: on this site's test pairs, and on those of all sites. */
  | { readonly kind: 'evaluated'; readonly round: number; readonly own: Figures | null; readonly all: Figures }
  | { readonly kind: 'done'; readonly rounds: number; readonly modelHash: string };

/** Where lines go. */
export type Tell = (progress: Progress) => void;
