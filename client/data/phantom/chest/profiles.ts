/** How the hospitals of this phantom differ. @module */
import { type Style, styleOf } from '../sites.ts';
import type { SiteProfile } from './types.ts';

const profiles: Readonly<Record<Style, SiteProfile>> = {
  north: {
    style: 'north',
    scanner: { gamma: 1, contrast: 1, noise: 0.03, blur: 0.3, thickSlices: false },
    frequent: [
      'medical material',
      'arterial wall calcification',
      'cardiomegaly',
      'pericardial effusion',
      'coronary artery wall calcification',
      'pleural effusion',
      'atherosclerosis',
      'pericardial calcification',
      'pneumomediastinum',
      'rib fracture',
      'empyema',
    ],
    trainPairs: 140,
  },
  south: {
    style: 'south',
    scanner: { gamma: 1.35, contrast: 0.8, noise: 0.05, blur: 0.6, thickSlices: false },
    frequent: [
      'lung opacity',
      'mosaic attenuation pattern',
      'peribronchial thickening',
      'consolidation',
      'bronchiectasis',
      'interlobular septal thickening',
      'pneumonia',
      'tuberculosis',
      'pulmonary fibrosis',
      'bronchial thickening',
      'lung cyst',
    ],
    trainPairs: 120,
  },
  west: {
    style: 'west',
    scanner: { gamma: 0.75, contrast: 1.15, noise: 0.04, blur: 0.4, thickSlices: true },
    frequent: [
      'hiatal hernia',
      'lymphadenopathy',
      'emphysema',
      'atelectasis',
      'lung nodule',
      'pulmonary fibrotic sequela',
      'pneumothorax',
      'lung mass',
      'osteophyte',
      'spondylosis',
      'pleural calcification',
    ],
    trainPairs: 100,
  },
};

/** The profile of a phantom site by its name. @throws UsageError (badArgument) for any other name */
export function profileOf(site: string): SiteProfile {
  return profiles[styleOf(site)];
}
