/** How a function over bytes becomes a handler of grpc-js: errors become statuses, and our own are told to the diagnostics. */
import type {
  ServerReadableStream,
  ServerUnaryCall,
  ServerWritableStream,
  handleClientStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
} from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import { TransportError } from '#shared/errors';
import { release } from '../store/garbage.ts';
import { idleMs } from './limits.ts';
import { toStatus } from './status.ts';

/** Told of every error, before the peer is. */
export type OnError = (error: unknown) => void;

/** Node's buffer over the same bytes. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** One request, one answer. */
export function unary(
  onError: OnError,
  handle: (request: Uint8Array, call: ServerUnaryCall<Uint8Array, Uint8Array>) => Uint8Array | Promise<Uint8Array>,
): handleUnaryCall<Uint8Array, Uint8Array> {
  return (call, answer) => {
    settle(
      async () => handle(call.request, call),
      (response) => {
        answer(null, response);
      },
      (error) => {
        onError(error);
        answer(toStatus(error));
      },
    );
  };
}

/** A stream of requests, one answer. */
export function clientStream(
  onError: OnError,
  handle: (call: ServerReadableStream<Uint8Array, Uint8Array>) => Promise<Uint8Array>,
): handleClientStreamingCall<Uint8Array, Uint8Array> {
  return (call, answer) => {
    settle(
      () => handle(call),
      (response) => {
        answer(null, response);
      },
      (error) => {
        onError(error);
        answer(toStatus(error));
      },
    );
  };
}

/** One request, a stream of answers: the next is made when the one before is on its way. */
export function serverStream(
  onError: OnError,
  handle: (
    call: ServerWritableStream<Uint8Array, Uint8Array>,
    send: (bytes: Uint8Array) => Promise<void>,
  ) => Promise<void>,
): handleServerStreamingCall<Uint8Array, Uint8Array> {
  return (call) => {
    settle(
      () => handle(call, (bytes) => sendOn(call, bytes)),
      () => {
        call.end();
      },
      (error) => {
        onError(error);
        call.emit('error', toStatus(error));
      },
    );
  };
}

/** Fulfilled when the message has left, and its memory is given back; rejected when the peer has gone, or takes nothing for so long that others wait. */
async function sendOn(call: ServerWritableStream<Uint8Array, Uint8Array>, bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      end(new TransportError('deadline', 'nothing was taken for too long; ask again for the rest'));
    }, idleMs);
    const end = (error?: Error | null): void => {
      clearTimeout(timer);
      call.off('cancelled', gone);
      if (error === undefined || error === null) resolve();
      else reject(error);
    };
    const gone = (): void => {
      end(new PeerGone());
    };
    if (call.cancelled) {
      gone();
      return;
    }
    call.once('cancelled', gone);
    call.write(bytes, (error?: Error | null) => {
      release(bytes); // grpc-js has copied them into its frame
      end(error);
    });
  });
}

/** The peer has cancelled the call or lost its connection: nobody is left to be told. */
export class PeerGone extends Error {
  readonly status = status.CANCELLED;

  constructor() {
    super('the peer has gone');
    this.name = 'PeerGone';
  }
}

function settle<T>(work: () => Promise<T>, done: (value: T) => void, failed: (error: unknown) => void): void {
  work().then(done).catch(failed);
}
