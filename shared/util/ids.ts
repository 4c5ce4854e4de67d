/** Branded names and numbers, so that a site is not mistaken for a token. @module */

declare const brand: unique symbol;
type Brand<T, B extends string> = T & { readonly [brand]: B };

/** A hospital's id: 1 to 63 of `a-z`, `0-9` and `-`, beginning with a letter or digit. */
export type SiteId = Brand<string, 'SiteId'>;

/** `text` as a site id, or `undefined` when it is none. */
export function toSiteId(text: string): SiteId | undefined {
  return /^[a-z0-9][a-z0-9-]{0,62}$/.test(text) ? (text as SiteId) : undefined;
}

/** Sites in the order of the bytes of their ids in UTF-8 (ids are ASCII, so code-unit order is byte order). */
export function bySiteId(a: SiteId, b: SiteId): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
