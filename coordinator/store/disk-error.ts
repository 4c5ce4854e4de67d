/** A full disk and a broken one, told apart, in the words of an operator. */
import { ConsiliumError, TransportError } from '#shared/errors';

/** SQLITE_FULL, and SQLITE_IOERR_WRITE, which SQLite answers where a limit on the size of files is reached. */
const fullDatabaseCodes: readonly unknown[] = [13, 778];
const fullFileCodes: readonly unknown[] = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** What a failed write to `where` means: TransportError (diskFull) or (unavailable); an error of the house is what it is. */
export function diskError(error: unknown, where: string): ConsiliumError {
  if (error instanceof ConsiliumError) return error;
  if (isFull(error)) {
    const message = `${where}: the disk is full, nothing was written; make room and start the coordinator again`;
    return new TransportError('diskFull', message, { cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new TransportError('unavailable', `${where}: cannot be written (${reason})`, { cause: error });
}

/** Runs a write to `where`. @throws TransportError (diskFull, unavailable). */
export function writing<T>(where: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw diskError(error, where);
  }
}

function isFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, errcode } = error as { code?: unknown; errcode?: unknown }; // what Node adds to its errors
  return fullFileCodes.includes(code) || fullDatabaseCodes.includes(errcode);
}
