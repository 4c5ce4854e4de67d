/** The paths of all fields that a decoded message holds: `message.ready.round`, `shares.holder`; lists by their elements. */
export function fieldPaths(value: unknown, at = ''): readonly string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return [...new Set(value.flatMap((element) => fieldPaths(element, at)))];
  if (typeof value !== 'object' || ArrayBuffer.isView(value)) return [at];
  return Object.entries(chosen(value)).flatMap(([name, field]) =>
    fieldPaths(field, at === '' ? name : `${at}.${name}`),
  );
}

/** One of several messages, `{ $case, value }`, as `{ [$case]: value }`. */
function chosen(value: object): object {
  return '$case' in value && 'value' in value ? { [String(value.$case)]: value.value } : value;
}
