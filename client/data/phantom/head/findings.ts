/**
 * How findings look: each is a function of the place between 0 and 1, which brightens or darkens the head by the signal
 * that it has on the sequence.
 *
 * @module
 */
import type { Random } from '../../random.ts';
import { soft, square } from '../radiograph/field.ts';
import { ellipsoidDistance2, inEllipsoid, slowNoise } from '../volume-field.ts';
import { type Place, places } from './profiles.ts';
import type { Finding, Kind } from './types.ts';

/** How much of a place a finding takes. */
export type Shape = (x: number, y: number, z: number) => number;

/** Slices are thick: a finding is higher than it is wide. */
const height = 1.9;

/** The shape of a finding, of a size and at a place of its own near the middle of its region. */
export function shapeOf({ kind, region, side }: Finding, random: Random): Shape {
  const middle = places[region];
  const mirror = side === 'left' ? -1 : 1;
  const at = {
    x: mirror * middle.x + 0.035 * random.normal(),
    y: middle.y + 0.035 * random.normal(),
    z: middle.z + 0.05 * random.normal(),
  };
  return shapes[kind](at, 0.85 + 0.4 * random.uniform(), random);
}

const shapes: Readonly<Record<Kind, (at: Place, size: number, random: Random) => Shape>> = {
  infarct,
  lacune: (at, size) => ball(at, 0.11 * size, 4),
  hemorrhage,
  demyelination,
  mass,
  cyst: (at, size) => ball(at, 0.23 * size, 9),
};

/** A ball with an edge. */
function ball(at: Place, radius: number, sharpness: number): Shape {
  const body = { ...at, rx: radius, ry: radius, rz: height * radius };
  return (x, y, z) => inEllipsoid(body, sharpness, x, y, z);
}

/** A mottled cloud. */
function infarct(at: Place, size: number, random: Random): Shape {
  const sd = 0.16 * size;
  const body = { ...at, rx: sd, ry: sd, rz: height * sd };
  const mottle = slowNoise(random, 12);
  return (x, y, z) => {
    const distance2 = ellipsoidDistance2(body, x, y, z);
    return distance2 > 12 ? 0 : 0.85 * Math.exp(-distance2 / 2) * (1 + 0.5 * mottle(x, y, z, 0));
  };
}

/** A clot with a thin rim of the opposite signal. */
function hemorrhage(at: Place, size: number): Shape {
  const radius = 0.18 * size;
  const body = { ...at, rx: radius, ry: radius, rz: height * radius };
  return (x, y, z) => {
    const distance2 = ellipsoidDistance2(body, x, y, z);
    return distance2 > 9 ? 0 : soft(8 * (1 - distance2)) - 0.6 * Math.exp(-square((distance2 - 1.9) / 0.5));
  };
}

/** Five dots around the place. */
function demyelination(at: Place, size: number, random: Random): Shape {
  const turn = 2 * Math.PI * random.uniform();
  const dots = Array.from({ length: 5 }, (_, i) => {
    const angle = turn + (2 * Math.PI * i) / 5;
    const away = 0.2 * size;
    const dot = { x: at.x + away * Math.cos(angle), y: at.y + away * Math.sin(angle), z: at.z + 0.1 * random.normal() };
    return ball(dot, 0.09, 4);
  });
  return (x, y, z) => dots.reduce((sum, dot) => sum + dot(x, y, z), 0);
}

/** A ring, and a weak halo around it. */
function mass(at: Place, size: number): Shape {
  const radius = 0.21 * size;
  const body = { ...at, rx: radius, ry: radius, rz: height * radius };
  return (x, y, z) => {
    const distance2 = ellipsoidDistance2(body, x, y, z);
    if (distance2 > 12) return 0;
    return (
      Math.exp(-square((distance2 - 1) / 0.5)) - 0.3 * soft(6 * (0.5 - distance2)) + 0.3 * Math.exp(-distance2 / 5)
    );
  };
}
