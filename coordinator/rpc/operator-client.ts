/** The operator's commands at the other end of `OperatorService`. */
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { Client, credentials, logVerbosity, setLogVerbosity, status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import * as v from 'valibot';
import { ProtocolError, TransportError, UsageError, VerificationError } from '#shared/errors';
import type { ConsiliumError, ErrorCode } from '#shared/errors';
import { operatorService } from '#shared/wire/services';
import { folderPaths, readOperator } from '../identity/folder.ts';
import { toBuffer } from './calls.ts';
import { maxMessageBytes } from './limits.ts';

const answerMs = 20_000;
const service = operatorService(toBuffer);
const runningSchema = v.object({ host: v.string(), port: v.number() });

/**
 * The answer of the coordinator that runs on this folder.
 *
 * @throws TransportError (unavailable) if none runs; else the error that the coordinator answers.
 */
export async function askCoordinator(
  dir: string,
  method: keyof typeof service,
  request: Uint8Array = new Uint8Array(0),
): Promise<Uint8Array> {
  tls.DEFAULT_MIN_VERSION = 'TLSv1.3'; // grpc-js has no option for it
  setLogVerbosity(logVerbosity.NONE); // what it would print, we throw
  const { keyPem, certificatePem, authorityPem } = readOperator(dir);
  const secure = credentials.createSsl(Buffer.from(authorityPem), Buffer.from(keyPem), Buffer.from(certificatePem));
  const options = {
    'grpc.ssl_target_name_override': 'localhost', // in every certificate of the coordinator, whatever it listens on
    'grpc.enable_retries': 0,
    'grpc.max_receive_message_length': maxMessageBytes,
  };
  const client = new Client(runningAddress(dir), secure, options);
  try {
    return await unaryCall(client, method, request);
  } catch (error) {
    throw toError(error as ServiceError, dir); // grpc-js answers nothing else
  } finally {
    client.close();
  }
}

function unaryCall(client: Client, method: keyof typeof service, request: Uint8Array): Promise<Uint8Array> {
  const { path, requestSerialize, responseDeserialize } = service[method];
  const deadline = Date.now() + answerMs;
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, { deadline }, (error, response) => {
      if (error === null && response !== undefined) resolve(response);
      else reject(error ?? new Error('no answer'));
    });
  });
}

function runningAddress(dir: string): string {
  try {
    const { host, port } = v.parse(runningSchema, JSON.parse(readFileSync(folderPaths(dir).running, 'utf8')));
    return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  } catch (cause) {
    throw notRunning(dir, cause);
  }
}

function notRunning(dir: string, cause: unknown): TransportError {
  const message = `no coordinator runs on ${dir}; start it with consilium-coordinator serve --dir ${dir}`;
  return new TransportError('unavailable', message, { cause });
}

/** The error of the other side, as it was there: its sentence ends with its code in brackets. */
function toError(error: ServiceError, dir: string): ConsiliumError {
  const [, sentence, code] = /^(.*) \[([A-Za-z]+)\]$/s.exec(error.details) ?? [];
  if (sentence === undefined) return notRunning(dir, error);
  const ErrorClass = errorClasses.get(error.code) ?? TransportError;
  return new ErrorClass(code as ErrorCode, sentence, { cause: error }); // our own coordinator wrote the code
}

const errorClasses = new Map([
  [status.INVALID_ARGUMENT, UsageError],
  [status.FAILED_PRECONDITION, ProtocolError],
  [status.UNAUTHENTICATED, VerificationError],
]);
