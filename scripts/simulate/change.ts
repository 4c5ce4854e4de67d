/** Any message with one part of it changed, the part and the change drawn. */
import { toSiteId } from '#shared/util/ids';
import type { Sequence } from './draws.ts';

type Path = readonly (string | number)[];

/** `message`, in one place of which is something else; bytes and lists may come from the same place of an earlier message. */
export function changed<T extends object>(
  message: T,
  draw: Sequence,
  earlier: readonly T[],
  names: readonly string[],
): T {
  const places = placesIn(message, []).filter(([first]) => first !== 'kind');
  if (places.length === 0) return message;
  const place = draw.pick(places);
  const others = earlier.flatMap((other) => {
    const there = valueAt(other, place);
    return there === undefined ? [] : [there];
  });
  return withValueAt(message, place, otherValue(valueAt(message, place), draw, others, names)) as T;
}

function placesIn(value: unknown, path: Path): readonly Path[] {
  if (value instanceof Uint8Array || typeof value === 'number' || typeof value === 'string') return [path];
  if (Array.isArray(value)) {
    const items = value.flatMap((item, i) => placesIn(item, [...path, i]));
    return [path, path, path, ...items]; // a list is worth more than one of its many parts
  }
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, item]) => placesIn(item, [...path, key]));
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, key) => {
    if (at === null || typeof at !== 'object' || at instanceof Uint8Array) return undefined;
    return (at as Readonly<Record<string | number, unknown>>)[key];
  }, value);
}

function withValueAt(value: unknown, path: Path, to: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return to;
  if (Array.isArray(value))
    return value.map((item: unknown, i): unknown => (i === key ? withValueAt(item, rest, to) : item));
  const record = value as Readonly<Record<string | number, unknown>>; // the path leads through it
  return { ...record, [key]: withValueAt(record[key], rest, to) };
}

function otherValue(value: unknown, draw: Sequence, others: readonly unknown[], names: readonly string[]): unknown {
  if (others.length > 0 && draw.chance(0.3)) return draw.pick(others);
  if (value instanceof Uint8Array) return otherBytes(value, draw);
  if (typeof value === 'number') return draw.pick([value + 1, Math.max(0, value - 1), 0, value + 256]);
  if (Array.isArray(value)) return otherList(value, draw);
  const kinds: Readonly<Record<string, string>> = { 'self-mask': 'mask-key', 'mask-key': 'self-mask' };
  if (typeof value === 'string' && value in kinds) return kinds[value];
  return toSiteId(draw.pick([...names, 'nobody'])); // the other texts of a message are enumerated, and refused at the gate
}

function otherBytes(bytes: Uint8Array, draw: Sequence): Uint8Array {
  if (bytes.length === 0) return Uint8Array.of(1);
  const other = bytes.slice();
  switch (draw.below(6)) {
    case 0:
      return other.fill(0);
    case 1:
      return other.slice(1);
    case 2:
      return other.map(() => draw.word() & 255);
    default:
      other[draw.below(other.length)]! ^= 1 << draw.below(8);
      return other;
  }
}

function otherList(list: readonly unknown[], draw: Sequence): readonly unknown[] {
  if (list.length === 0) return list;
  const one = draw.below(list.length);
  switch (draw.below(4)) {
    case 0:
      return [...list, list[one]];
    case 1:
      return list.toReversed();
    case 2:
      return [];
    default:
      return list.filter((_, i) => i !== one);
  }
}
