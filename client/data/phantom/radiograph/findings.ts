/**
 * How findings look: each is a function of the point, added to the chest. v is the severity, 1 to 4.
 *
 * @module
 */
import type { Random } from '../../random.ts';
import { type Anatomy, inLung, lungCentre, lungDistance2 } from './anatomy.ts';
import { blurred, size, slowNoise, soft, square, whiteNoise } from './field.ts';
import type { Finding, Side, Zone } from './types.ts';

/** How clearly findings show; at 1 they are hard to see. */
const gain = 1.4;

const zoneCentre: Readonly<Record<Zone, number>> = { upper: -0.42, middle: -0.08, lower: 0.24 };

/** What a finding adds at (x, y); `at` is the pixel's index. */
export type Layer = (x: number, y: number, at: number) => number;

/** How much larger the heart is than a healthy one. */
export function heartFactor(findings: readonly Finding[]): number {
  const found = findings.find((finding) => finding.kind === 'cardiomegaly');
  return found === undefined ? 1 : 1.12 + 0.13 * found.severity * gain;
}

/** The layer of a finding, or `undefined` for one that is a property of the heart. */
export function layerOf(finding: Finding, anatomy: Anatomy, random: Random): Layer | undefined {
  const { kind, severity: v, side = 'right', zone = 'middle' } = finding;
  switch (kind) {
    case 'nodule':
      return nodule(v, zonePoint(side, zone, random));
    case 'opacity':
      return opacity(v, zonePoint(side, zone, random), anatomy, side, random);
    case 'atelectasis':
      return atelectasis(v, zonePoint(side, zone, random));
    case 'effusion':
      return effusion(v, anatomy, side);
    case 'pneumothorax':
      return pneumothorax(v, anatomy, side);
    case 'interstitial':
      return interstitial(v, anatomy, random);
    case 'device':
      return device(side);
    case 'cardiomegaly':
      return undefined;
  }
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function zonePoint(side: Side, zone: Zone, random: Random): Point {
  return { x: lungCentre(side) + 0.07 * random.normal(), y: zoneCentre[zone] + 0.05 * random.normal() };
}

/** A disc with a sharp edge. */
function nodule(v: number, centre: Point): Layer {
  const radius = 0.055 + 0.022 * v;
  return (x, y) => gain * 0.36 * soft((radius - Math.sqrt(square(x - centre.x) + square(y - centre.y))) / 0.012);
}

/** A mottled cloud inside the lung. */
function opacity(v: number, centre: Point, anatomy: Anatomy, side: Side, random: Random): Layer {
  const sd = 0.11 + 0.035 * v;
  const mottle = slowNoise(random, 16);
  return (x, y) => {
    const cloud = Math.exp(-(square(x - centre.x) + square(y - centre.y)) / (2 * sd * sd));
    return gain * (0.14 + 0.06 * v) * cloud * (1 + 0.35 * mottle(x, y)) * inLung(anatomy, side, x, y);
  };
}

/** Thin level bands, one above the other. */
function atelectasis(v: number, centre: Point): Layer {
  const bands = 1 + Math.floor(v / 2);
  const half = 0.12 + 0.03 * v;
  return (x, y) => {
    let value = 0;
    for (let band = 0; band < bands; band++) {
      const dy = y - centre.y - 0.085 * (band - (bands - 1) / 2);
      value += Math.exp(-square(dy / 0.022)) * soft((half - Math.abs(x - centre.x)) / 0.015);
    }
    return gain * 0.3 * value;
  };
}

/** The lung filled below a level that rises towards its outer side. */
function effusion(v: number, anatomy: Anatomy, side: Side): Layer {
  const centre = lungCentre(side);
  const outward = Math.sign(centre);
  return (x, y) => {
    const lateral = Math.min(1, Math.max(0, 0.5 + (outward * (x - centre)) / (2 * anatomy.lungX)));
    const level = 0.52 - 0.15 * v - 0.18 * lateral;
    return gain * 0.42 * soft((y - level) / 0.02) * inLung(anatomy, side, x, y);
  };
}

/** The lung shrunken inwards: darker outside, its edge a line. */
function pneumothorax(v: number, anatomy: Anatomy, side: Side): Layer {
  const inner = 0.94 - 0.07 * v;
  return (x, y) => {
    const distance = Math.sqrt(lungDistance2(anatomy, side, x, y));
    const edge = Math.exp(-square((distance - inner) / 0.05));
    return gain * 0.16 * (edge - soft((distance - inner) / 0.02)) * inLung(anatomy, side, x, y);
  };
}

/** Fine noise in both lungs, more towards the base. */
function interstitial(v: number, anatomy: Anatomy, random: Random): Layer {
  const noise = blurred(whiteNoise(random), 0.8); // its standard deviation is about a third
  return (x, y, at) => {
    const lungs = inLung(anatomy, 'right', x, y) + inLung(anatomy, 'left', x, y);
    const base = 0.6 + 0.4 * Math.min(1, Math.max(0, (y + 0.68) / 1.24));
    return gain * (0.05 + 0.05 * v) * 3 * noise[at % (size * size)]! * base * lungs;
  };
}

/** A box near the shoulder and a lead to the heart. */
function device(side: Side): Layer {
  const box = { x: 0.5 * Math.sign(lungCentre(side)), y: -0.62 };
  const end = { x: 0.12, y: 0.3 };
  const length2 = square(end.x - box.x) + square(end.y - box.y);
  return (x, y) => {
    const inside = soft((0.1 - Math.abs(x - box.x)) / 0.012) * soft((0.075 - Math.abs(y - box.y)) / 0.012);
    const along = ((x - box.x) * (end.x - box.x) + (y - box.y) * (end.y - box.y)) / length2;
    const t = Math.min(1, Math.max(0, along));
    const off = Math.sqrt(square(x - box.x - t * (end.x - box.x)) + square(y - box.y - t * (end.y - box.y)));
    return 0.6 * inside + 0.35 * Math.exp(-square(off / 0.02)) * (1 - inside);
  };
}
