/** `SiteService.Upload`: chunks in, one turn at a time; resumable, for what is on disk is not sent again. */
import type { ServerReadableStream } from '@grpc/grpc-js';
import { DecodeError, ProtocolError, TransportError } from '#shared/errors';
import { equalBytes } from '#shared/util/bytes';
import type { SiteId } from '#shared/util/ids';
import { decodeUploadPart } from '#shared/wire/decode';
import { encodeUploadResult } from '#shared/wire/encode';
import type { UploadName, UploadPart } from '#shared/wire/types';
import type { Consortium } from '../round/consortium.ts';
import type { RoundDriver } from '../round/driver.ts';
import type { UploadPlace, UploadStore } from '../store/uploads.ts';
import { release } from '../store/garbage.ts';
import type { ReceiveWindows } from './flow-control.ts';
import { idleMs, uploadWindow } from './limits.ts';
import type { Turnstile } from './turnstile.ts';

/** A stream of chunks. */
export type UploadCall = ServerReadableStream<Uint8Array, Uint8Array>;

/** What receiving takes. */
export interface UploadDesk {
  readonly consortium: Consortium;
  readonly uploads: UploadStore;
  readonly turnstile: Turnstile;
  readonly windows: ReceiveWindows;
}

/** An upload that the open round waits for. */
interface Awaited {
  readonly driver: RoundDriver;
  readonly place: UploadPlace;
}

/**
 * Indices of the chunks that are there. When none is missing it is checked now, for the stream that brought the last one
 * may have been cut before the answer.
 *
 * @throws ProtocolError (wrongPhase) if the upload is not expected, (commitmentMismatch).
 */
export async function uploadStatus(desk: UploadDesk, site: SiteId, name: UploadName): Promise<readonly number[]> {
  const { driver, place } = awaited(desk, site, name);
  const present = await desk.uploads.present(place);
  if (present.length === driver.cut.chunkCount) await desk.turnstile.pass(site, () => expectMatch(driver, site));
  return present;
}

/**
 * Takes the chunks of a stream when its turn has come; nothing of it is read before. The answer counts the chunks that are
 * there; when none is missing the upload has been checked, and its receipt is on its way in the session.
 *
 * @throws ProtocolError (wrongPhase) if the upload is not expected, (commitmentMismatch) if it is not what was committed
 * to; DecodeError (wrongLength, outOfRange); TransportError (diskFull, unavailable, deadline).
 */
export async function receiveUpload(desk: UploadDesk, site: SiteId, call: UploadCall): Promise<Uint8Array> {
  return desk.turnstile.pass(site, async (turn) => {
    const parts = decodedParts(call, decodeUploadPart);
    const first = await parts.next();
    const header = first.done === true ? undefined : first.value;
    if (header?.kind !== 'header') throw new DecodeError('missingField', 'an upload begins with its header');
    const { driver, place } = awaited(desk, site, header);
    await desk.windows.widened(call.getPeer(), uploadWindow, async () => {
      for await (const part of parts) {
        await keep(desk, site, header, part);
        turn.goOn();
      }
    });
    await expectMatch(driver, site);
    return encodeUploadResult((await desk.uploads.present(place)).length);
  });
}

async function expectMatch(driver: RoundDriver, site: SiteId): Promise<void> {
  if ((await driver.checkUpload(site)) !== 'mismatch') return;
  const message = `${site}: the upload is not what its commitment says; send it again`;
  throw new ProtocolError('commitmentMismatch', message);
}

function awaited({ consortium }: UploadDesk, site: SiteId, { round, commitment }: UploadName): Awaited {
  const driver = consortium.openRound;
  const expected = driver?.expectedUpload(site);
  if (driver?.round.round === round && expected !== undefined && equalBytes(expected.commitment, commitment)) {
    return { driver, place: expected.place };
  }
  throw new ProtocolError('wrongPhase', `${site}: this upload is not expected now; commit to it in the session first`);
}

/** Each chunk is asked for anew: the round may have gone on without this site. */
async function keep(desk: UploadDesk, site: SiteId, header: UploadName, part: UploadPart): Promise<void> {
  if (part.kind !== 'chunk') throw new DecodeError('badFormat', 'an upload has one header');
  const { driver, place } = awaited(desk, site, header);
  const { cut } = driver;
  if (part.index >= cut.chunkCount) {
    throw new DecodeError('outOfRange', `chunk ${part.index}: an upload of this plan has ${cut.chunkCount} chunks`);
  }
  if (part.data.length !== cut.bytesOf(part.index)) {
    const message = `chunk ${part.index}: expected ${cut.bytesOf(part.index)} bytes, got ${part.data.length}`;
    throw new DecodeError('wrongLength', message);
  }
  await desk.uploads.write(place, part.index, part.data);
  release(part.data);
}

/** The parts of a stream; a peer that is silent for too long when it is its turn loses it. */
export async function* decodedParts<T>(
  call: UploadCall,
  decode: (bytes: Uint8Array) => T,
): AsyncGenerator<T, undefined> {
  const messages = call[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>; // the service's deserialiser gives bytes
  try {
    for (let next = await nextMessage(call, messages); next.done !== true; next = await nextMessage(call, messages)) {
      yield decode(next.value);
    }
    return undefined;
  } finally {
    await messages.return?.();
  }
}

async function nextMessage(
  call: UploadCall,
  messages: AsyncIterator<Uint8Array>,
): Promise<IteratorResult<Uint8Array, unknown>> {
  const timer = setTimeout(() => {
    call.destroy(new TransportError('deadline', 'the upload stood still; connect again and send the rest'));
  }, idleMs);
  try {
    return await messages.next();
  } finally {
    clearTimeout(timer);
  }
}
