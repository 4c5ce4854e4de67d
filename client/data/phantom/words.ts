/** The words of a phantom's lists: a vocabulary that is public, for it comes from the lists alone. @module */

/** Every word of the texts in these lists, at any depth, in alphabetical order; keys and the `{places}` of templates are none. */
export function wordsOf(...lists: readonly unknown[]): readonly string[] {
  const words = textsIn(lists).flatMap((text) => text.split(' '));
  return [...new Set(words.filter((word) => word !== '' && !word.startsWith('{')))].sort();
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
