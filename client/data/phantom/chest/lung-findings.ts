/** Findings in the lungs. v is the severity, 1 to 3. @module */
import { soft, square } from '../radiograph/field.ts';
import type { VolumeField } from '../volume-field.ts';
import { near } from './anatomy.ts';
import {
  centreOf,
  cloud,
  distanceFrom,
  type Drawing,
  inside,
  insideBoth,
  mottle,
  outward,
  together,
} from './layers.ts';

/** What is drawn of each kind. */
export const lungFindings: Readonly<Record<string, (drawing: Drawing) => VolumeField>> = {
  /** A small ball. */
  'lung nodule': (drawing) => ball(drawing, 0.11 + 0.02 * drawing.severity, 0.45),
  /** A large one. */
  'lung mass': (drawing) => ball(drawing, 0.2 + 0.025 * drawing.severity, 0.5),
  /** A dark ball with a thin wall. */
  'lung cyst': (drawing) => {
    const distance = distanceFrom(centreOf(drawing), 0.15 + 0.02 * drawing.severity);
    return inside(drawing, (x, y, z, at) => {
      const d = distance(x, y, z, at);
      return 0.34 * near(d, 1, 0.22) - 0.18 * soft(12 * (0.85 - d));
    });
  },
  /** A mottled cloud. */
  'lung opacity': (drawing) => {
    const { severity, random } = drawing;
    const haze = cloud(centreOf(drawing), 0.17 + 0.025 * severity);
    const noise = mottle(random);
    return inside(drawing, (x, y, z, at) => (0.16 + 0.04 * severity) * haze(x, y, z, at) * (1 + 0.3 * noise[at]!));
  },
  /** A dense block behind, with dark airways in it. */
  consolidation: (drawing) => {
    const { severity } = drawing;
    const centre = { ...centreOf(drawing), y: 0.16 };
    return inside(drawing, (x, y, z) => {
      const block = soft(30 * (y - centre.y + 0.1 + 0.05 * severity)) * soft(14 * (0.26 - Math.abs(z - centre.z)));
      return block * (0.36 - 0.2 * near(Math.sin(24 * x), 1, 0.3));
    });
  },
  /** Thin level bands from front to back. */
  atelectasis: (drawing) => {
    const { severity: v } = drawing;
    const centre = centreOf(drawing);
    const bands = 1 + Math.floor(v / 2);
    return inside(drawing, (x, y, z) => {
      let value = 0;
      for (let band = 0; band < bands; band++)
        value += near(x - 0.6 * y, centre.x - 0.6 * centre.y + 0.2 * (band - (bands - 1) / 2), 0.045);
      return (
        0.42 * value * soft(10 * (0.3 - Math.abs(z - centre.z))) * soft(12 * (0.26 + 0.05 * v - Math.abs(y - centre.y)))
      );
    });
  },
  /** Streaks that run together at the apex. */
  'pulmonary fibrotic sequela': (drawing) => {
    const { severity, side, chest } = drawing;
    const apex = { x: chest.anatomy.lungs[side].x, y: -0.1, z: -0.62 };
    const haze = cloud(apex, 0.24);
    return inside(drawing, (x, y, z, at) => {
      const angle = Math.atan2(y - apex.y, x - apex.x);
      return (0.26 + 0.08 * severity) * haze(x, y, z, at) * square(Math.cos(2.5 * angle));
    });
  },
  /** A thick-walled cavity at the apex and small nodules under it. */
  tuberculosis: (drawing) => {
    const centre = { ...centreOf({ ...drawing, zone: 'upper' }), z: -0.5 };
    const distance = distanceFrom(centre, 0.15 + 0.015 * drawing.severity);
    const dots = together(
      [-1, 0, 1].map((k) => cloud({ x: centre.x + 0.13 * k, y: centre.y + 0.3 - 0.1 * Math.abs(k), z: -0.2 }, 0.055)),
    );
    return inside(drawing, (x, y, z, at) => {
      const d = distance(x, y, z, at);
      return 0.5 * near(d, 1, 0.4) - 0.15 * soft(12 * (0.5 - d)) + 0.4 * dots(x, y, z, at);
    });
  },
  /** Several clouds from the middle to the base. */
  pneumonia: (drawing) => {
    const { severity, side, chest, random } = drawing;
    const patches = Array.from({ length: 4 }, (_, k) =>
      cloud(
        { x: chest.anatomy.lungs[side].x + 0.1 * random.normal(), y: -0.3 + 0.2 * k, z: 0.1 + 0.5 * random.uniform() },
        0.11,
      ),
    );
    const all = together(patches);
    return inside(drawing, (x, y, z, at) => (0.24 + 0.05 * severity) * Math.min(1.2, all(x, y, z, at)));
  },
  /** Rings around widened airways near the base. */
  bronchiectasis: (drawing) => {
    const { severity, side, chest } = drawing;
    const centre = chest.anatomy.lungs[side].x;
    const rings = [-0.24, 0.02, 0.28].map((y, k) => ({ x: centre + 0.06 * (k % 2 === 0 ? 1 : -1), y }));
    return inside(drawing, (x, y, z) => {
      let value = 0;
      for (const ring of rings) value += ringOf(Math.hypot(x - ring.x, y - ring.y) / (0.085 + 0.008 * severity));
      return value * soft(14 * (0.3 - Math.abs(z - 0.45)));
    });
  },
  /** Bright sheaths around the airways that leave both hila. */
  'peribronchial thickening': (drawing) => {
    const width = 0.07 + 0.01 * drawing.severity;
    return insideBoth(drawing, (x, y, z) => 0.34 * airways(Math.abs(x), y, z, width));
  },
  /** The same on one side, the airway itself still dark. */
  'bronchial thickening': (drawing) => {
    const { severity, side } = drawing;
    const width = 0.05 + 0.01 * severity;
    return inside(drawing, (x, y, z) => {
      const outer = airways(outward(side) * x, y, z, 1.5 * width);
      return 0.5 * outer - 0.5 * airways(outward(side) * x, y, z, 0.6 * width);
    });
  },
  /** Dark holes, more of them above. */
  emphysema: (drawing) => {
    const { severity, random } = drawing;
    const phase = 6 * random.uniform();
    return insideBoth(drawing, (x, y, z) => {
      const holes = soft(6 * (Math.sin(17 * x + phase) * Math.sin(17 * y) * Math.sin(8 * z + phase) + 0.1));
      return -(0.08 + 0.03 * severity) * (0.6 + holes) * soft(4 * (0.25 - z));
    });
  },
  /** Large fields, brighter and darker in turn. */
  'mosaic attenuation pattern': (drawing) => {
    const { severity, random } = drawing;
    const phase = 6 * random.uniform();
    return insideBoth(drawing, (x, y, z) => {
      const field = Math.sin(10 * x + phase) * Math.sin(8 * y + phase) * Math.cos(4 * z);
      return (0.06 + 0.025 * severity) * (2 * soft(9 * field) - 1);
    });
  },
  /** A net of fine lines. */
  'interlobular septal thickening': (drawing) => {
    const width = 0.035 + 0.005 * drawing.severity;
    return insideBoth(drawing, (x, y) => 0.3 * Math.max(line(x + 0.5 * y, width), line(y - 0.5 * x, width)));
  },
  /** Coarse noise under the pleura at the bases. */
  'pulmonary fibrosis': (drawing) => {
    const { anatomy, lungs } = drawing.chest;
    const noise = mottle(drawing.random);
    return insideBoth(drawing, (x, y, z, at) => {
      const lung = anatomy.lungs[lungs.left[at]! > lungs.right[at]! ? 'left' : 'right'];
      const edge = square((x - lung.x) / lung.rx) + square((y - lung.y) / lung.ry);
      return (0.12 + 0.03 * drawing.severity) * soft(8 * (z - 0.1)) * soft(8 * (edge - 0.3)) * (1 + 1.2 * noise[at]!);
    });
  },
};

function ball(drawing: Drawing, radius: number, height: number): VolumeField {
  const distance = distanceFrom(centreOf(drawing), radius);
  return inside(drawing, (x, y, z, at) => height * soft(9 * (1 - distance(x, y, z, at))));
}

/** A bright wall around a dark middle, by the distance in radii. */
function ringOf(distance: number): number {
  return 0.42 * near(distance, 1, 0.45) - 0.12 * soft(12 * (0.5 - distance));
}

/** Two branches from the hilum outwards; x counts outwards. */
function airways(x: number, y: number, z: number, width: number): number {
  const along = soft(30 * (x - 0.16)) * soft(30 * (0.62 - x));
  const up = Math.hypot(y + 0.5 * (x - 0.2), (z + 0.15 + 0.5 * (x - 0.2)) / 1.6);
  const down = Math.hypot(y - 0.6 * (x - 0.2), (z + 0.05 - 0.6 * (x - 0.2)) / 1.6);
  return along * Math.max(near(up, 0, width), near(down, 0, width));
}

/** One of parallel lines a quarter apart. */
function line(place: number, width: number): number {
  const period = 0.26;
  return near(place - period * Math.round(place / period), 0, width);
}
