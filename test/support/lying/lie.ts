/**
 * A lying coordinator: the real program with one of the modules beside this one preloaded, which changes what the sites are
 * sent. It has the coordinator's own key, and signs its lies.
 *
 * @module
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readIdentitySeed } from '#coordinator/identity/folder';
import { Sessions } from '#coordinator/round/sessions';
import type { SiteId } from '#shared/util/ids';
import type { ToSite } from '#shared/wire/types';

/** What a site is told instead of a message; `seed` is of the coordinator's identity key. */
export type Change = (message: ToSite, to: SiteId, seed: Uint8Array) => readonly ToSite[];

/** What `CoordinatorProcess.launch` is given for a coordinator that lies so. */
export function lyingAs(lie: 'alive-and-dead' | 'swapped-key' | 'two-models') {
  return { execArgv: ['--import', pathToFileURL(join(import.meta.dirname, `${lie}.ts`)).href] };
}

/** In the program: lies from now on. */
export function lie(change: Change): void {
  const dir = process.argv[process.argv.indexOf('--dir') + 1] ?? '';
  const send: unknown = Reflect.get(Sessions.prototype, 'send');
  Sessions.prototype.send = function (this: Sessions, to: SiteId, message: ToSite): void {
    for (const said of change(message, to, readIdentitySeed(dir))) {
      (send as (this: Sessions, to: SiteId, message: ToSite) => void).call(this, to, said);
    }
  };
}
