/**
 * BGV, additions only, over a SEAL library that the caller has loaded: one word of 32 bits in each coefficient, so that
 * masks keep their native wrap-around. Costs and traps: docs/decisions/0005-encryption.md. Everything that SEAL gives lies
 * in its own memory and is freed by `dispose`; nothing waits for a garbage collector. Source: secure-sum, section 7.
 *
 * @module
 */
import type { Ciphertext, ClassHandle, EncryptionParameters, MainModule, Plaintext, SEALContext } from 'node-seal';
import { ConsiliumError, DependencyError } from '../errors.ts';
import {
  bgvDegree,
  bgvPlainModulus,
  bgvPlaintextHead,
  bgvPrime,
  expectBgvKey,
  expectSumCiphertext,
  expectUploadCiphertext,
} from './bgv-format.ts';

/** The initialised library: what `initialize()` of node-seal resolves to. */
export type SealLibrary = MainModule;

/** SEAL with the parameters of `bgv-format`. */
export class Bgv {
  readonly #seal: SealLibrary;
  readonly #kept = new Kept();
  readonly #context: SEALContext;

  /** @throws DependencyError (encryptionFailed) if this library makes other parameters of the same numbers. */
  constructor(seal: SealLibrary) {
    this.#seal = seal;
    this.#context = this.#kept.keep(sealed(() => contextOf(seal)));
  }

  /** A fresh secret key as its bytes, `bgvKeyBytes` of them. MUST NOT leave a site but in a sealed box. */
  makeKey(): Uint8Array {
    return scoped((kept) => {
      const generator = kept.keep(new this.#seal.KeyGenerator(this.#context));
      return bytesOf(kept.keep(generator.secretKey()).saveToArray(this.#seal.ComprModeType.none));
    });
  }

  /** The key of these bytes. @throws DecodeError (wrongLength, badFormat, outOfRange) if they are none. */
  key(bytes: Uint8Array): BgvKey {
    expectBgvKey(bytes);
    return new BgvKey(this.#seal, this.#context, bytes);
  }

  /** An empty sum. */
  sum(): BgvSum {
    return new BgvSum(this.#seal, this.#context);
  }

  dispose(): void {
    this.#kept.dispose();
  }
}

/** A secret key at work: encrypts words and opens sums. */
export class BgvKey {
  readonly #seal: SealLibrary;
  readonly #context: SEALContext;
  readonly #kept = new Kept();
  readonly #encryptor;
  readonly #decryptor;
  readonly #words: PlainWords;
  readonly #loaded: Ciphertext;
  readonly #opened: Plaintext;

  constructor(seal: SealLibrary, context: SEALContext, bytes: Uint8Array) {
    this.#seal = seal;
    this.#context = context;
    const { keep } = this.#kept;
    const parts = sealed(() => {
      const key = keep(new seal.SecretKey());
      key.loadFromArray(context, plain(bytes));
      const publicKey = keep(keep(new seal.KeyGenerator(context, key)).createPublicKey()); // an encryptor wants one
      return {
        encryptor: keep(new seal.Encryptor(context, publicKey, key)),
        decryptor: keep(new seal.Decryptor(context, key)),
        loaded: keep(new seal.Ciphertext()),
        opened: keep(new seal.Plaintext()),
      };
    });
    this.#encryptor = parts.encryptor;
    this.#decryptor = parts.decryptor;
    this.#loaded = parts.loaded;
    this.#opened = parts.opened;
    this.#words = keep(new PlainWords(seal, context));
  }

  /** The words, at most `bgvDegree` of them, as a ciphertext of `bgvUploadBytes`; randomised, another every time. */
  encrypt(words: Uint32Array): Uint8Array {
    return scoped((kept) => {
      const ciphertext = kept.keep(this.#encryptor.encryptSymmetricSerializable(this.#words.filled(words)));
      return bytesOf(ciphertext.saveToArray(this.#seal.ComprModeType.none));
    });
  }

  /**
   * The words of a sum of ciphertexts, `bgvDegree` of them; the words of another key's are noise.
   *
   * @throws DecodeError (wrongLength, badFormat, outOfRange) if the bytes are not such a sum.
   */
  open(bytes: Uint8Array): Uint32Array {
    expectSumCiphertext(bytes);
    return sealed(() => {
      this.#loaded.loadFromArray(this.#context, plain(bytes));
      this.#decryptor.decrypt(this.#loaded, this.#opened);
      return wordsOf(bytesOf(this.#opened.saveToArray(this.#seal.ComprModeType.none)));
    });
  }

  dispose(): void {
    this.#kept.dispose();
  }
}

/** A running sum of ciphertexts. Needs no key. */
export class BgvSum {
  readonly #seal: SealLibrary;
  readonly #context: SEALContext;
  readonly #kept = new Kept();
  readonly #evaluator;
  readonly #sum: Ciphertext;
  readonly #next: Ciphertext;
  readonly #words: PlainWords;
  #isEmpty = true;

  constructor(seal: SealLibrary, context: SEALContext) {
    this.#seal = seal;
    this.#context = context;
    const { keep } = this.#kept;
    this.#evaluator = keep(sealed(() => new seal.Evaluator(context)));
    this.#sum = keep(new seal.Ciphertext());
    this.#next = keep(new seal.Ciphertext());
    this.#words = keep(new PlainWords(seal, context));
  }

  /** Begins again from nothing. */
  clear(): void {
    this.#isEmpty = true;
  }

  /** @throws DecodeError (wrongLength, badFormat, outOfRange) if the bytes are no fresh ciphertext; nothing is added then. */
  addInto(bytes: Uint8Array): void {
    expectUploadCiphertext(bytes);
    sealed(() => {
      if (this.#isEmpty) this.#sum.loadFromArray(this.#context, plain(bytes));
      else {
        this.#next.loadFromArray(this.#context, plain(bytes));
        this.#evaluator.addInplace(this.#sum, this.#next);
      }
    });
    this.#isEmpty = false;
  }

  /** Takes plaintext words, at most `bgvDegree`, off the sum of at least one ciphertext, modulo 2^32. */
  subtract(words: Uint32Array): void {
    sealed(() => {
      this.#evaluator.subPlainInplace(this.#sum, this.#words.filled(words));
    });
  }

  /** The sum so far as `bgvSumBytes`. */
  bytes(): Uint8Array {
    return sealed(() => bytesOf(this.#sum.saveToArray(this.#seal.ComprModeType.none)));
  }

  dispose(): void {
    this.#kept.dispose();
  }
}

/** Words as a plaintext: written into the bytes of one and loaded, for a call for each coefficient costs far more. */
class PlainWords {
  readonly #context: SEALContext;
  readonly #plaintext: Plaintext;
  readonly #bytes: Uint8Array;
  readonly #halves: Uint32Array;

  constructor(seal: SealLibrary, context: SEALContext) {
    this.#context = context;
    this.#plaintext = new seal.Plaintext();
    this.#bytes = new Uint8Array(bgvPlaintextHead.length + 8 * bgvDegree);
    this.#bytes.set(bgvPlaintextHead);
    this.#halves = new Uint32Array(this.#bytes.buffer, bgvPlaintextHead.length); // the head is a multiple of 4 bytes
  }

  /** The plaintext of these words, zeros after them; valid until the next. */
  filled(words: Uint32Array): Plaintext {
    const halves = this.#halves;
    halves.fill(0, 2 * words.length);
    for (let i = 0; i < words.length; i++) halves[2 * i] = words[i]!;
    this.#plaintext.loadFromArray(this.#context, this.#bytes);
    return this.#plaintext;
  }

  delete(): void {
    this.#plaintext.delete();
  }
}

/** Objects in SEAL's memory, deleted together, the last one first. */
class Kept {
  readonly #objects: Pick<ClassHandle, 'delete'>[] = [];

  readonly keep = <T extends Pick<ClassHandle, 'delete'>>(object: T): T => {
    this.#objects.push(object);
    return object;
  };

  dispose(): void {
    for (const object of this.#objects.splice(0).reverse()) object.delete();
  }
}

/** `work` with objects that are deleted after it, however it ends. @throws DependencyError (encryptionFailed) */
function scoped<T>(work: (kept: Kept) => T): T {
  const kept = new Kept();
  try {
    return sealed(() => work(kept));
  } finally {
    kept.dispose();
  }
}

/** What SEAL throws, as one error: its instance is not to be used any more. */
function sealed<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof ConsiliumError) throw cause;
    throw new DependencyError('encryptionFailed', 'SEAL refused what it was given, or failed', { cause });
  }
}

function contextOf(seal: SealLibrary): SEALContext {
  return scoped((kept) => {
    const parameters = kept.keep(new seal.EncryptionParameters(seal.SchemeType.bgv));
    setParameters(seal, kept, parameters);
    const context = new seal.SEALContext(parameters, true, seal.SecLevelType.tc128);
    if (context.parametersSet()) return context;
    context.delete();
    throw new DependencyError('encryptionFailed', 'this build of SEAL does not take the parameters of bgv');
  });
}

function setParameters(seal: SealLibrary, kept: Kept, parameters: EncryptionParameters): void {
  parameters.setPolyModulusDegree(bgvDegree);
  const primes = kept.keep(new seal.VectorModulus());
  primes.push_back(kept.keep(new seal.Modulus(bgvPrime)));
  parameters.setCoeffModulus(primes);
  parameters.setPlainModulus(kept.keep(new seal.Modulus(bgvPlainModulus)));
}

/** SEAL takes exactly a Uint8Array: node's Buffer is one of another name. */
function plain({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The library declares `any`. */
function bytesOf(saved: unknown): Uint8Array {
  if (saved instanceof Uint8Array) return saved;
  throw new DependencyError('encryptionFailed', 'this build of SEAL does not give bytes');
}

/** A plaintext is saved up to its last coefficient that is not zero; each is below 2^32. */
function wordsOf(plaintext: Uint8Array): Uint32Array {
  const halves = new Uint32Array(new Uint8Array(plaintext.subarray(bgvPlaintextHead.length)).buffer);
  const words = new Uint32Array(bgvDegree);
  for (let i = 0; 2 * i < halves.length; i++) words[i] = halves[2 * i]!;
  return words;
}
