/** The running coordinator: its folder opened, its servers listening, its rounds going on. */
import { rmSync, writeFileSync } from 'node:fs';
import type { Server } from '@grpc/grpc-js';
import type { Crypto } from '#shared/crypto/types';
import { enrolmentService, operatorService, siteService } from '#shared/wire/services';
import { openAuthority } from '../identity/authority.ts';
import type { Authority } from '../identity/authority.ts';
import { enrolmentDesk } from '../identity/enrol.ts';
import { folderPaths, readAuthority, readIdentitySeed, readSettings } from '../identity/folder.ts';
import { Consortium } from '../round/consortium.ts';
import type { Notice } from '../round/consortium.ts';
import type { Clock } from '../round/clock.ts';
import { PlanDesk } from '../round/plan-desk.ts';
import { aggregateStore } from '../store/aggregates.ts';
import { openDatabase } from '../store/database.ts';
import type { Database } from '../store/database.ts';
import { writing } from '../store/disk-error.ts';
import { keyStore } from '../store/keys.ts';
import { memberStore } from '../store/members.ts';
import { planStore } from '../store/plans.ts';
import { roundStore } from '../store/rounds.ts';
import type { Settings } from '../store/settings.ts';
import { snapshotStore } from '../store/snapshots.ts';
import { uploadStore } from '../store/uploads.ts';
import { toBuffer } from './calls.ts';
import type { OnError } from './calls.ts';
import { enrolmentHandlers } from './enrolment-service.ts';
import { ReceiveWindows } from './flow-control.ts';
import { listen } from './listen.ts';
import type { Listening } from './listen.ts';
import { operatorHandlers } from './operator-service.ts';
import { siteHandlers } from './site-service.ts';

/** What a running coordinator is given. */
export interface ServeWorld {
  readonly dir: string;
  readonly crypto: Crypto;
  readonly clock: Clock;
  readonly notice: (notice: Notice) => void;
  readonly onError: OnError;
}
export interface Ports {
  readonly main: number;
  readonly enrolment: number;
}
export interface RunningCoordinator {
  readonly host: string;
  readonly ports: Ports;
  /** Fulfilled when it has stopped: with the error that stopped it, or with nothing when it was asked to. */
  readonly stopped: Promise<Error | undefined>;
  stop(): void;
}

/**
 * Starts the coordinator of a folder.
 *
 * @throws UsageError (noSuchFile, badConfig, portTaken); TransportError (unavailable, diskFull, journalDamaged).
 */
export async function serve(world: ServeWorld): Promise<RunningCoordinator> {
  const settings = readSettings(world.dir);
  const authority = await openAuthority(readAuthority(world.dir));
  const db = openDatabase(folderPaths(world.dir).database);
  try {
    return await start(world, settings, authority, db);
  } catch (error) {
    db.close();
    throw error;
  }
}

async function start(
  world: ServeWorld,
  settings: Settings,
  authority: Authority,
  db: Database,
): Promise<RunningCoordinator> {
  const { dir, crypto, clock, notice } = world;
  const paths = folderPaths(dir);
  const identitySeed = readIdentitySeed(dir);
  const coordinatorKey = crypto.ed25519PublicKey(identitySeed);
  const members = memberStore(db);
  const rounds = roundStore(db);
  const uploads = uploadStore(paths.uploads);
  const aggregates = aggregateStore(paths.aggregates);
  const enrolment = enrolmentDesk(crypto, authority, members);
  const plans = planStore(db);
  const desk = new PlanDesk({ crypto, members, plans, rounds, consortium: settings.name, coordinatorKey });
  const ending = Promise.withResolvers<Error | undefined>();
  let stopping = false;
  const onError = (error: unknown): void => {
    if (!stopping) world.onError(error); // calls that the end cuts short are no news
  };
  const { keepUploadRounds } = settings;
  const snapshots = snapshotStore(db, paths.snapshots);
  const stores = { rounds, uploads, aggregates, keys: keyStore(db), snapshots };
  const stop = (error: unknown): void => {
    ending.resolve(error instanceof Error ? error : new Error(String(error)));
  };
  const consortium = new Consortium({ crypto, clock, desk, ...stores, identitySeed, keepUploadRounds, notice, stop });
  const ports = { main: settings.port, enrolment: settings.enrolmentPort };
  const own = await authority.issueServer(serverHosts(settings), clock.now());
  const where = { host: settings.listen, own, authorityPem: authority.certificatePem };
  const windows = new ReceiveWindows();
  const service = { crypto, clock, consortium, desk, members, ...stores, windows, onError };
  const operator = { ...service, enrolment, consortiumName: settings.name, ports };
  const main = await listen({ ...where, port: ports.main, clientCertificates: true }, [
    { definition: siteService(toBuffer), handlers: siteHandlers(service) },
    { definition: operatorService(toBuffer), handlers: operatorHandlers(operator) },
  ]);
  windows.watch(main.server);
  ports.main = main.port;
  const enrolmentWorld = { clock, authority, enrolment, consortiumName: settings.name, coordinatorKey, onError };
  const second = await listenOrClose(main.server, { ...where, port: ports.enrolment, clientCertificates: false }, [
    {
      definition: enrolmentService(toBuffer),
      handlers: enrolmentHandlers({ ...enrolmentWorld, mainPort: main.port }),
    },
  ]);
  ports.enrolment = second.port;
  const servers = [main.server, second.server];
  try {
    consortium.start();
    writeRunning(paths.running, settings, ports);
  } catch (error) {
    for (const server of servers) server.forceShutdown();
    throw error;
  }
  return {
    host: settings.listen,
    ports,
    stopped: ending.promise.finally(() => {
      stopping = true;
      consortium.halt();
      for (const server of servers) server.forceShutdown();
      rmSync(paths.running, { force: true });
      db.close();
    }),
    stop() {
      ending.resolve(undefined);
    },
  };
}

async function listenOrClose(main: Server, where: Listening, services: Parameters<typeof listen>[1]) {
  try {
    return await listen(where, services);
  } catch (error) {
    main.forceShutdown();
    throw error;
  }
}

/** The commands of the operator run on this machine, so `localhost` is always there. */
function serverHosts({ hosts, listen: address }: Settings): readonly string[] {
  const wildcards = ['0.0.0.0', '::'];
  return [...new Set(['localhost', '127.0.0.1', '::1', ...hosts, ...(wildcards.includes(address) ? [] : [address])])];
}

/** Where the operator's commands find it. */
function writeRunning(path: string, { listen: address }: Settings, { main, enrolment }: Ports): void {
  const host = ['0.0.0.0', '::'].includes(address) ? 'localhost' : address;
  const text = `${JSON.stringify({ host, port: main, enrolmentPort: enrolment, pid: process.pid })}\n`;
  writing(path, () => {
    writeFileSync(path, text);
  });
}
