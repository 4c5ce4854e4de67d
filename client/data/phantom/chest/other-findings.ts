/** Findings of the pleura, heart, vessels, mediastinum and bones. v is the severity, 1 to 3. @module */
import { soft } from '../radiograph/field.ts';
import { ellipsoidDistance2, type VolumeField } from '../volume-field.ts';
import { aorta, disc, lungDistance2, near, spine } from './anatomy.ts';
import { cloud, distanceFrom, type Drawing, inside, outward, together } from './layers.ts';

/** What is drawn of each kind; cardiomegaly is drawn as part of the anatomy. */
export const otherFindings: Readonly<Record<string, (drawing: Drawing) => VolumeField>> = {
  /** A lung filled behind a level. */
  'pleural effusion': (drawing) =>
    inside(drawing, (_, y, z) => 0.36 * soft(30 * (y - 0.36 + 0.09 * drawing.severity + 0.12 * (1 - z)))),
  /** A lens against the outer wall, with a bright rim. */
  empyema: (drawing) => {
    const { severity, side } = drawing;
    const lens = { x: 0.64 * outward(side), y: 0.05, z: 0.4, rx: 0.16, ry: 0.26 + 0.03 * severity, rz: 0.36 };
    return inside(drawing, (x, y, z) => {
      const d = ellipsoidDistance2(lens, x, y, z);
      return 0.36 * soft(8 * (1 - d)) + 0.3 * near(d, 1, 0.35);
    });
  },
  /** Air before a lung that has shrunk backwards, its edge a line. */
  pneumothorax: (drawing) => {
    const { chest, severity, side } = drawing;
    const lung = chest.anatomy.lungs[side];
    const shrink = 0.86 - 0.07 * severity;
    const rest = { ...lung, y: lung.y + 0.16, rx: shrink * lung.rx, ry: shrink * lung.ry };
    return inside(drawing, (x, y, z) => {
      const d = ellipsoidDistance2(rest, x, y, z);
      return 0.34 * near(d, 1, 0.25) - 0.18 * soft(8 * (d - 1.1));
    });
  },
  /** A bright plaque along the outer wall. */
  'pleural calcification': ({ chest: { anatomy }, severity, side }) => {
    const out = outward(side);
    return (x, y, z) => {
      const wall = near(lungDistance2(anatomy, side, x, y, z), 1, 0.2);
      return 0.5 * wall * soft(20 * (out * x - 0.5)) * soft(10 * (0.25 + 0.06 * severity - Math.abs(z - 0.2)));
    };
  },
  /** A knob on the outer wall with a gap behind it. */
  'rib fracture': ({ side, random }) => {
    const z = -0.3 + 0.6 * random.uniform();
    const knob = cloud({ x: 0.74 * outward(side), y: -0.1, z }, 0.09);
    const gap = cloud({ x: 0.76 * outward(side), y: 0.14, z }, 0.08);
    return (x, y, z_, at) => 0.55 * knob(x, y, z_, at) - 0.4 * gap(x, y, z_, at);
  },
  /** Fluid around the heart. */
  'pericardial effusion': ({ chest, severity }) => {
    const { heart } = chest.anatomy;
    const thickness = 0.7 + 0.3 * severity;
    return (x, y, z, at) => {
      const d = ellipsoidDistance2(heart, x, y, z);
      const shell = soft(8 * (1 + thickness - d)) * soft(8 * (d - 0.9));
      return 0.36 * shell * (chest.lungs.right[at]! + chest.lungs.left[at]!) - 0.1 * shell;
    };
  },
  /** Bright scales on the heart's surface. */
  'pericardial calcification': ({ chest: { anatomy }, severity }) => {
    const { heart } = anatomy;
    return (x, y, z) =>
      0.6 * near(ellipsoidDistance2(heart, x, y, z), 1, 0.25) * soft(20 * (z - heart.z + 0.05 * severity - 0.05));
  },
  /** Bright spots in a row on the front of the heart. */
  'coronary artery wall calcification': ({ chest: { anatomy }, severity }) => {
    const { heart } = anatomy;
    const spots = Array.from({ length: 1 + severity }, (_, k) =>
      cloud({ x: heart.x - 0.12 + 0.09 * k, y: heart.y - 0.12, z: heart.z - 0.22 + 0.06 * k }, 0.07),
    );
    const all = together(spots);
    return (x, y, z, at) => 0.55 * all(x, y, z, at);
  },
  /** Bright arcs in the wall of the aorta. */
  'arterial wall calcification': ({ severity, random }) => {
    const phase = 6 * random.uniform();
    return (x, y, z) => {
      const distance = Math.hypot(x - aorta.x, y - aorta.y) / aorta.radius;
      return 0.6 * near(distance, 1, 0.4) * soft(8 * (Math.sin(7 * z + phase) + 0.4 * severity - 0.8));
    };
  },
  /** A wide aorta with a thick wall. */
  atherosclerosis: ({ severity }) => {
    const wide = { ...aorta, radius: 0.17 + 0.015 * severity };
    return (x, y, z) => 0.3 * disc(wide, x, y) * soft(9 * (0.75 - Math.abs(z))) - 0.12 * disc(aorta, x, y);
  },
  /** Rounded lumps between the lungs. */
  lymphadenopathy: ({ severity, random }) => {
    const lumps = Array.from({ length: 2 + severity }, (_, k) =>
      distanceFrom(
        { x: (k % 2 === 0 ? -1 : 1) * (0.09 + 0.03 * random.uniform()), y: -0.25 + 0.09 * k, z: -0.5 + 0.08 * k },
        0.13,
      ),
    );
    return (x, y, z, at) => 0.26 * Math.max(...lumps.map((lump) => soft(6 * (1 - lump(x, y, z, at)))));
  },
  /** Dark streaks of air between the lungs. */
  pneumomediastinum: ({ severity, random }) => {
    const phase = 6 * random.uniform();
    return (x, y, z) => {
      const streak = near(Math.sin(16 * y + 3 * z + phase), 1, 0.5);
      return (
        -(0.3 + 0.05 * severity) *
        streak *
        soft(30 * (0.16 - Math.abs(x))) *
        soft(10 * (0.05 - z)) *
        soft(12 * (0.3 - y))
      );
    };
  },
  /** A pouch before the spine at the base, with air in it. */
  'hiatal hernia': ({ severity }) => {
    const pouch = distanceFrom({ x: -0.02, y: 0.22, z: 0.72 }, 0.16 + 0.02 * severity);
    return (x, y, z, at) => {
      const d = pouch(x, y, z, at);
      return 0.25 * near(d, 1, 0.35) - 0.4 * soft(10 * (0.6 - d));
    };
  },
  /** A bright lead under the skin and down to the heart. */
  'medical material': ({ side }) => {
    const out = outward(side);
    return (x, y, z) => {
      const t = Math.min(1, Math.max(0, (z + 0.9) / 1.1));
      const lead = Math.hypot(x - out * (0.5 - 0.42 * t), y + 0.52 - 0.3 * t);
      return 0.75 * near(lead, 0, 0.08) * soft(20 * (0.25 - z));
    };
  },
  /** A spur at a corner of the spine. */
  osteophyte: ({ side, random }) => {
    const z = -0.4 + 0.8 * random.uniform();
    const spur = cloud({ x: spine.x + 0.16 * outward(side), y: spine.y - 0.1, z }, 0.11);
    return (x, y, z_, at) => 0.5 * spur(x, y, z_, at);
  },
  /** Discs and vertebrae in sharp turn, and a broad spine. */
  spondylosis: ({ severity, random }) => {
    const phase = 6 * random.uniform();
    const broad = { ...spine, radius: 0.18 };
    return (x, y, z) =>
      (0.16 + 0.05 * severity) * disc(broad, x, y) * Math.sin(12 * z + phase) + 0.1 * disc(broad, x, y);
  },
};

/** What the heart's size is multiplied with. */
export function enlargement(severity: number): number {
  return 1.12 + 0.12 * severity;
}
