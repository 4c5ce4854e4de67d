/**
 * How each hospital writes. Severity words and most names are shared between the sites, as in other phantoms: how much
 * they share is the strongest knob on what federation gains. The names that are not shared are why a model of one
 * hospital alone is asked in words that it never read.
 *
 * @module
 */
import type { Style } from '../sites.ts';
import type { Place, Side } from './types.ts';

/** A way of writing. Words are separated by blanks, so that a report is its words. */
export interface Wording {
  /** What every report begins with. */
  readonly opening: string;
  /** For severities 1 to 3. */
  readonly severities: readonly [string, string, string];
  /** What is called otherwise here than by its label. */
  readonly names: Readonly<Record<string, string>>;
  /** Two templates for each place: {severity}, {name}, {side} and {zone} are filled in. */
  readonly templates: Readonly<Record<Place, readonly [string, string]>>;
  readonly negative: string;
  readonly normals: readonly [string, string, string];
  /** Half of the sides are written like this, where given. */
  readonly shortSides?: Readonly<Record<Side, string>>;
}

/** Every way of writing. */
export const wordings: Readonly<Record<Style, Wording>> = {
  north: {
    opening: '',
    severities: ['mild', 'moderate', 'severe'],
    names: {
      'medical material': 'pacemaker',
      'lung opacity': 'airspace opacity',
      atelectasis: 'collapse',
      bronchiectasis: 'traction bronchiectasis',
      tuberculosis: 'tuberculous cavity',
      'lung cyst': 'air cyst',
    },
    templates: {
      zone: [
        'there is {severity} {name} in the {side} {zone} lung',
        'in the {side} {zone} lung there is {severity} {name}',
      ],
      side: ['there is {severity} {name} on the {side}', 'on the {side} there is {severity} {name}'],
      none: ['there is {severity} {name}', '{severity} {name} is seen'],
    },
    negative: 'there is no {name}',
    normals: [
      'the chest is normal',
      'there is no abnormality in the chest',
      'the lungs are clear and the heart is normal',
    ],
  },
  south: {
    opening: '',
    severities: ['mild', 'mod', 'severe'],
    names: {
      'medical material': 'catheter',
      'coronary artery wall calcification': 'coronary calcification',
      'pleural effusion': 'effusion',
      pneumothorax: 'ptx',
      lymphadenopathy: 'adenopathy',
      'interlobular septal thickening': 'septal thickening',
    },
    templates: {
      zone: ['{severity} {name} {side} {zone}', '{name} {side} {zone} {severity}'],
      side: ['{severity} {name} {side}', '{name} {side} {severity}'],
      none: ['{severity} {name}', '{name} {severity}'],
    },
    negative: 'no {name}',
    normals: ['nad', 'lungs clear', 'normal chest'],
    shortSides: { right: 'r', left: 'l' },
  },
  west: {
    opening: 'impression :',
    severities: ['mild', 'moderate', 'severe'],
    names: {
      cardiomegaly: 'enlarged heart',
      'hiatal hernia': 'hiatus hernia',
      'lung nodule': 'pulmonary nodule',
      'lung mass': 'pulmonary mass',
      'mosaic attenuation pattern': 'mosaic attenuation',
      'pulmonary fibrotic sequela': 'fibrotic sequela',
    },
    templates: {
      zone: [
        '{zone} field of the {side} lung : {severity} {name}',
        'in the {zone} field of the {side} lung there is {severity} {name}',
      ],
      side: ['{side} : {severity} {name}', 'on the {side} there is {severity} {name}'],
      none: ['overall {severity} {name}', 'in the chest there is {severity} {name}'],
    },
    negative: '{name} is not seen',
    normals: ['normal study', 'no finding', 'clear lungs and normal heart'],
  },
};
