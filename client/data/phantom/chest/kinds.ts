/**
 * The findings of this phantom, by the names of the labels that chest CT is judged by.
 *
 * Sources: CT-RATE (arXiv 2403.17834), the 18 labels; CT-RATE-LT in the released code of BrgSA (arXiv 2501.03565), the 15
 * rare ones.
 *
 * @module
 */
import type { Group, KindOf, Place } from './types.ts';

const common = group('common');
const rare = group('rare');

/** Every kind by its name. */
export const kinds: ReadonlyMap<string, KindOf> = new Map([
  common('medical material', 'side', ['chest wall {side}'], 'ungraded'),
  common('arterial wall calcification', 'none', ['aorta']),
  common('cardiomegaly', 'none', ['heart']),
  common('pericardial effusion', 'none', ['heart']),
  common('coronary artery wall calcification', 'none', ['coronaries']),
  common('hiatal hernia', 'none', ['hiatus']),
  common('lymphadenopathy', 'none', ['mediastinum']),
  common('emphysema', 'none', ['both lungs']),
  common('atelectasis', 'zone', ['lung {side} {zone}']),
  common('lung nodule', 'zone', ['lung {side} {zone}']),
  common('lung opacity', 'zone', ['lung {side} {zone}']),
  common('pulmonary fibrotic sequela', 'side', ['lung {side} upper']),
  common('pleural effusion', 'side', ['pleura {side}', 'lung {side} lower']),
  common('mosaic attenuation pattern', 'none', ['both lungs']),
  common('peribronchial thickening', 'none', ['bronchi']),
  common('consolidation', 'zone', ['lung {side} {zone}']),
  common('bronchiectasis', 'side', ['lung {side} lower']),
  common('interlobular septal thickening', 'none', ['both lungs']),
  rare('pneumonia', 'side', ['lung {side} middle', 'lung {side} lower']),
  rare('pneumothorax', 'side', ['pleura {side}', 'lung {side} upper']),
  rare('empyema', 'side', ['pleura {side}', 'lung {side} lower']),
  rare('tuberculosis', 'side', ['lung {side} upper']),
  rare('pulmonary fibrosis', 'none', ['both lungs', 'lung right lower', 'lung left lower']),
  rare('lung cyst', 'zone', ['lung {side} {zone}']),
  rare('bronchial thickening', 'side', ['bronchi']),
  rare('lung mass', 'zone', ['lung {side} {zone}']),
  rare('osteophyte', 'side', ['spine'], 'ungraded'),
  rare('rib fracture', 'side', ['ribs {side}', 'pleura {side}'], 'ungraded'),
  rare('atherosclerosis', 'none', ['aorta']),
  rare('pericardial calcification', 'none', ['heart']),
  rare('spondylosis', 'none', ['spine']),
  rare('pleural calcification', 'side', ['pleura {side}']),
  rare('pneumomediastinum', 'none', ['mediastinum']),
]);

/** The names of a group, in the order of the table. */
export function kindsOf(wanted: Group): readonly string[] {
  return [...kinds].flatMap(([name, { group: own }]) => (own === wanted ? [name] : []));
}

function group(
  of: Group,
): (name: string, place: Place, regions: readonly string[], grading?: 'ungraded') => readonly [string, KindOf] {
  return (name, place, regions, grading) => [name, { group: of, place, regions, graded: grading === undefined }];
}
