/**
 * Shamir's secret sharing with coefficients that come from the seed: the package behind `crypto/shamir` draws its own, and
 * a run could not be repeated. What is dealt here is combined there. Shares are the bytes of y and then x, as there.
 */

/** GF(2^8) by the polynomial x^8 + x^4 + x^3 + x + 1, generator 3. */
const exponents = new Uint8Array(510);
const logarithms = new Uint8Array(256);
for (let i = 0, x = 1; i < 255; i++) {
  exponents[i] = exponents[i + 255] = x;
  logarithms[x] = i;
  x ^= (x << 1) ^ (x & 0x80 ? 0x11b : 0);
}

function product(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : exponents[logarithms[a]! + logarithms[b]!]!;
}

/** As `splitSecret`, with x = 1, 2, ...; `coefficients` are `secret.length * (threshold - 1)` random bytes. */
export function dealtShares(
  secret: Uint8Array,
  shares: number,
  threshold: number,
  coefficients: Uint8Array,
): readonly Uint8Array[] {
  return Array.from({ length: shares }, (_, i) => {
    const share = new Uint8Array(secret.length + 1);
    for (let byte = 0; byte < secret.length; byte++) {
      let y = 0;
      for (let k = threshold - 2; k >= 0; k--) y = product(y ^ coefficients[byte * (threshold - 1) + k]!, i + 1);
      share[byte] = y ^ secret[byte]!;
    }
    share[secret.length] = i + 1;
    return share;
  });
}
