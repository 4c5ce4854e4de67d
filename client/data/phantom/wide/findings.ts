/**
 * How wide findings look: each is a function of the point, added to the chest, and reaches over six patches of 8 by 8
 * pixels or more, so that half of the patches still show it. v is the severity, 1 to 4; the gain is the difficulty.
 *
 * @module
 */
import type { Random } from '../../random.ts';
import { type Anatomy, inLung, lungCentre, lungDistance2 } from '../radiograph/anatomy.ts';
import { blurred, slowNoise, soft, square, whiteNoise } from '../radiograph/field.ts';
import type { Layer } from '../radiograph/findings.ts';
import type { Side } from '../radiograph/types.ts';
import type { Finding, Half } from './types.ts';

/** How much larger the heart is than a healthy one. */
export function heartFactor(findings: readonly Finding[], gain: number): number {
  const found = findings.find(({ kind }) => kind === 'cardiomegaly');
  return found === undefined ? 1 : 1 + gain * (0.15 + 0.14 * found.severity);
}

/** The layer of a finding, or `undefined` for one that is a property of the heart. */
export function layerOf(finding: Finding, anatomy: Anatomy, gain: number, random: Random): Layer | undefined {
  const { kind, severity: v, side = 'right', half = 'lower' } = finding;
  switch (kind) {
    case 'veil':
      return (x, y) => gain * (0.03 + 0.05 * v) * inLung(anatomy, side, x, y);
    case 'consolidation':
      return consolidation(gain * (0.08 + 0.06 * v), anatomy, side, half, random);
    case 'effusion':
      return effusion(v, gain, anatomy, side);
    case 'pneumothorax':
      return pneumothorax(v, gain, anatomy, side);
    case 'bands':
      return bands(v, gain, anatomy, side);
    case 'interstitial':
      return interstitial(gain * (0.05 + 0.05 * v), anatomy, random);
    case 'emphysema':
      return (x, y) => -gain * (0.02 + 0.035 * v) * inLungs(anatomy, x, y);
    case 'oedema':
      return oedema(v, gain, anatomy);
    case 'cardiomegaly':
      return undefined;
  }
}

function inLungs(anatomy: Anatomy, x: number, y: number): number {
  return inLung(anatomy, 'right', x, y) + inLung(anatomy, 'left', x, y);
}

/** Half a lung mottled and bright. */
function consolidation(strength: number, anatomy: Anatomy, side: Side, half: Half, random: Random): Layer {
  const mottle = slowNoise(random, 16);
  const downwards = half === 'lower' ? 1 : -1;
  return (x, y) =>
    strength * soft((downwards * (y + 0.06)) / 0.04) * (1 + 0.35 * mottle(x, y)) * inLung(anatomy, side, x, y);
}

/** The lung filled below a level that rises towards its outer side. */
function effusion(v: number, gain: number, anatomy: Anatomy, side: Side): Layer {
  const centre = lungCentre(side);
  const outward = Math.sign(centre);
  return (x, y) => {
    const lateral = Math.min(1, Math.max(0, 0.5 + (outward * (x - centre)) / (2 * anatomy.lungX)));
    const level = 0.36 - 0.16 * v - 0.18 * lateral;
    return gain * 0.3 * soft((y - level) / 0.02) * inLung(anatomy, side, x, y);
  };
}

/** The lung shrunken inwards: darker outside, its edge a line. */
function pneumothorax(v: number, gain: number, anatomy: Anatomy, side: Side): Layer {
  const inner = 0.92 - 0.1 * v;
  return (x, y) => {
    const distance = Math.sqrt(lungDistance2(anatomy, side, x, y));
    const edge = Math.exp(-square((distance - inner) / 0.06));
    return gain * 0.16 * (edge - soft((distance - inner) / 0.02)) * inLung(anatomy, side, x, y);
  };
}

/** Level bands across the whole lung, the more the worse. */
function bands(v: number, gain: number, anatomy: Anatomy, side: Side): Layer {
  const frequency = 8 + 5 * v;
  return (x, y) => gain * 0.14 * Math.sin(frequency * (y + 0.06)) * inLung(anatomy, side, x, y);
}

/** Fine noise in both lungs. */
function interstitial(strength: number, anatomy: Anatomy, random: Random): Layer {
  const noise = blurred(whiteNoise(random), 0.8); // its standard deviation is about a third
  return (x, y, at) => strength * 3 * noise[at]! * inLungs(anatomy, x, y);
}

/** Both lungs bright about their inner sides, the wider the worse. */
function oedema(v: number, gain: number, anatomy: Anatomy): Layer {
  const width = 0.2 + 0.09 * v;
  return (x, y) => {
    const off = square((Math.abs(x) - 0.18) / width) + square((y + 0.06) / (1.3 * width));
    return gain * 0.2 * Math.exp(-off) * inLungs(anatomy, x, y);
  };
}
