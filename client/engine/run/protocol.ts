/** What a runner and its worker thread say to each other. @module */
import type { HostValues } from '../types.ts';
import type { Compiled } from './onnx-machine.ts';
import type { SessionSettings } from './session.ts';

/** What the worker is started with. */
export interface WorkerStart {
  readonly compiled: Compiled;
  readonly init: HostValues;
  readonly settings: SessionSettings;
}

export type Request =
  | { readonly kind: 'steps'; readonly batches: readonly HostValues[] }
  | { readonly kind: 'read'; readonly names: readonly string[] }
  | { readonly kind: 'write'; readonly values: HostValues }
  | { readonly kind: 'dispose' };

/** One per request, in their order; the first answers the start. */
export type Reply =
  | { readonly kind: 'done'; readonly value: HostValues | readonly HostValues[] | undefined }
  | { readonly kind: 'failed'; readonly message: string };
