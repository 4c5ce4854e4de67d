/**
 * The healthy chest: a formula of x and y in [-1, 1], jittered from patient to patient.
 *
 * @module
 */
import type { Random } from '../../random.ts';
import { slowNoise, soft, square } from './field.ts';
import type { Side } from './types.ts';

/** One patient's proportions. */
export interface Anatomy {
  readonly shiftX: number;
  readonly shiftY: number;
  readonly scale: number;
  readonly body: number;
  readonly lungX: number;
  readonly lungY: number;
  readonly heart: number;
  readonly ribPhase: number;
  readonly texture: (x: number, y: number) => number;
}

const lungCentreY = -0.06;

/** Normal jitter about the mean proportions. */
export function drawAnatomy(random: Random): Anatomy {
  return {
    shiftX: 0.03 * random.normal(),
    shiftY: 0.03 * random.normal(),
    scale: 1 + 0.03 * random.normal(),
    body: 1 + 0.03 * random.normal(),
    lungX: 0.3 + 0.015 * random.normal(),
    lungY: 0.62 + 0.025 * random.normal(),
    heart: 1 + 0.04 * random.normal(),
    ribPhase: 2 * Math.PI * random.uniform(),
    texture: slowNoise(random, 5),
  };
}

/** The x of a lung's centre: the patient's right is on the left. */
export function lungCentre(side: Side): number {
  return side === 'right' ? -0.42 : 0.42;
}

/** Squared distance from a lung's centre in units of its radii: below 1 inside. */
export function lungDistance2(anatomy: Anatomy, side: Side, x: number, y: number): number {
  return square((x - lungCentre(side)) / anatomy.lungX) + square((y - lungCentreY) / anatomy.lungY);
}

/** How much a point lies in a lung, 0 to 1. */
export function inLung(anatomy: Anatomy, side: Side, x: number, y: number): number {
  return soft(6.4 * (1 - lungDistance2(anatomy, side, x, y)));
}

/** Body, lungs, ribs, spine, heart and slow noise at a point; `heartFactor` enlarges the heart. */
export function chest(anatomy: Anatomy, heartFactor: number, x: number, y: number): number {
  const lungs = inLung(anatomy, 'right', x, y) + inLung(anatomy, 'left', x, y);
  const body =
    0.62 * soft(8 * (1 - square(square(x / (0.86 * anatomy.body))) - square(y / 1.25) * square(square(y / 1.25))));
  const ribs = 0.045 * Math.sin(14 * y + 18 * Math.abs(x) * Math.sqrt(Math.abs(x)) + anatomy.ribPhase) * lungs;
  const spine = 0.16 * Math.exp(-square(x / 0.08));
  const radius = 0.25 * anatomy.heart * heartFactor;
  const heart = 0.34 * soft(6.4 * (1 - square((x - 0.1) / radius) - square((y - 0.28) / (0.9 * radius))));
  return body - 0.4 * lungs + ribs + spine + heart + 0.03 * anatomy.texture(x, y);
}
