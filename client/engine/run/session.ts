/** ONNX Runtime sessions: one per model and setting in a thread, shared by the runners that need it. @module */
import { createHash } from 'node:crypto';
import type { InferenceSession } from 'onnxruntime-node';
import { onnxRuntime } from '../backend.ts';
import type { EngineName } from '../types.ts';

/** How a session runs. */
export interface SessionSettings {
  readonly engine: Extract<EngineName, `onnx${string}`>;
  readonly threads: number;
}

/** A session in use. Release it once. */
export interface OpenSession {
  readonly session: InferenceSession;
  release(): Promise<void>;
}

interface Shared {
  readonly session: Promise<InferenceSession>;
  users: number;
}

const open = new Map<string, Shared>();

/** A session of `model`, made if no runner of this thread has it. */
export async function openSession(model: Uint8Array, settings: SessionSettings): Promise<OpenSession> {
  const key = `${createHash('sha256').update(model).digest('hex')} ${settings.engine} ${settings.threads}`;
  const shared = open.get(key) ?? { session: create(model, settings), users: 0 };
  open.set(key, shared);
  shared.users++;
  const leave = (): boolean => --shared.users === 0 && open.delete(key);
  try {
    const session = await shared.session;
    return { session, release: async () => (leave() ? session.release() : undefined) };
  } catch (error) {
    leave();
    throw error;
  }
}

/**
 * How long a thread looks for work before it sleeps. Most pauses between two operators are shorter than this, and a
 * wake-up takes longer; on a busy machine a longer look takes the time of a neighbour, or of the thread that is waited for.
 */
const spinMicroseconds = 20;

const providers: Readonly<Record<SessionSettings['engine'], InferenceSession.ExecutionProviderConfig[]>> = {
  onnx: ['cpu'],
  'onnx-cuda': [{ name: 'cuda', deviceId: 0 }, 'cpu'],
  'onnx-webgpu': ['webgpu', 'cpu'],
};

function create(model: Uint8Array, { engine, threads }: SessionSettings): Promise<InferenceSession> {
  return onnxRuntime().InferenceSession.create(model, {
    executionProviders: providers[engine],
    executionMode: 'sequential',
    graphOptimizationLevel: engine === 'onnx' ? 'disabled' : 'all', // nothing is left to find on the CPU, and it takes long
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: '1', spin_duration_us: String(spinMicroseconds) } } },
  });
}
