/** Base64 (RFC 4648, section 4) in every runtime, in the one spelling of its bytes. @module */

const blockBytes = 8192;

/** Padded base64. */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += blockBytes) {
    binary += String.fromCharCode(...bytes.subarray(at, at + blockBytes));
  }
  return btoa(binary);
}

/** The bytes, or `undefined` when the text is not exactly what `toBase64` writes. */
export function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return btoa(binary) === text ? bytes : undefined;
}
