/** What a runner and its worker thread say to each other. @module */
import type { HostValues } from '../types.ts';
import type { Compiled } from './onnx-machine.ts';
import type { SessionSettings } from './session.ts';

/** What the worker runs. */
export interface WorkerStart {
  readonly kind: 'start';
  readonly compiled: Compiled;
  readonly init: HostValues;
  readonly settings: SessionSettings;
}

/** The first one is the start. */
export type Request =
  | WorkerStart
  | { readonly kind: 'steps'; readonly batches: readonly HostValues[] }
  | { readonly kind: 'read'; readonly names: readonly string[] }
  | { readonly kind: 'write'; readonly values: HostValues }
  | { readonly kind: 'dispose' };

/** One per request, in their order. */
export type Reply =
  | { readonly kind: 'done'; readonly value: HostValues | readonly HostValues[] | undefined }
  | { readonly kind: 'failed'; readonly message: string };
