/** The sites that are connected, one session each: a new one takes the place of the one before. */
import type { SiteId } from '#shared/util/ids';
import type { ToSite } from '#shared/wire/types';

/** One open stream to a site. */
export interface Session {
  send(message: ToSite): void;
  /** Another session of the site took its place. */
  replaced(): void;
}

export class Sessions {
  readonly #bySite = new Map<SiteId, Session>();

  /** The connected sites now. */
  get connected(): ReadonlySet<SiteId> {
    return new Set(this.#bySite.keys());
  }

  add(site: SiteId, session: Session): void {
    const before = this.#bySite.get(site);
    this.#bySite.set(site, session);
    before?.replaced();
  }

  /** Whether this session was the site's, and not one that was replaced before. */
  remove(site: SiteId, session: Session): boolean {
    return this.#bySite.get(site) === session && this.#bySite.delete(site);
  }

  /** Sends if the site is connected. */
  send(site: SiteId, message: ToSite): void {
    this.#bySite.get(site)?.send(message);
  }
}
