/**
 * Chest X-ray and CT in English. SeLIP is about head MRI; for the chest the kind of finding takes the place of the signal
 * word, by which lines are sorted, and how it looks that of the appearance.
 *
 * @module
 */
import type { CodeBook } from './code-book.ts';

export const chestEnglish: CodeBook = {
  name: 'chest-en-1',
  spaced: true,
  normalSentence: 'no abnormality in the chest',
  anywhere: 'chest',
  homes: {
    effusion: 'pleura',
    pneumothorax: 'pleura',
    cardiomegaly: 'heart',
    'pericardial effusion': 'heart',
    'coronary calcification': 'heart',
    interstitial: 'lung',
    opacity: 'lung',
    'ground glass': 'lung',
    consolidation: 'lung',
    pneumonia: 'lung',
    atelectasis: 'lung',
    nodule: 'lung',
    emphysema: 'lung',
    fibrosis: 'lung',
    'mosaic attenuation': 'lung',
    bronchiectasis: 'bronchi',
    'bronchial thickening': 'bronchi',
    lymphadenopathy: 'mediastinum',
    pneumomediastinum: 'mediastinum',
    'hiatal hernia': 'esophagus',
    tuberculosis: 'lung',
    cyst: 'lung',
    empyema: 'pleura',
    'pleural calcification': 'pleura',
    'pericardial calcification': 'heart',
    osteophyte: 'spine',
    spondylosis: 'spine',
    fracture: 'rib',
    device: 'chest wall',
  },
  sites: {
    'upper lung': ['upper lobe', 'upper lobes', 'upper lung', 'upper lungs', 'upper zone', 'upper zones', 'upper field', 'upper fields', 'upper lung field', 'upper lung fields', 'upper lung zone', 'upper lung zones', 'upper', 'apex', 'apices', 'apical'], // prettier-ignore
    'middle lung': ['middle lobe', 'middle lung', 'mid lung', 'mid-lung', 'middle zone', 'mid zone', 'middle field', 'middle lung field', 'mid lung zone', 'middle lung zone', 'middle', 'lingula', 'lingular', 'lingular segment'], // prettier-ignore
    'lower lung': ['lower lobe', 'lower lobes', 'lower lung', 'lower lungs', 'lower zone', 'lower zones', 'lower field', 'lower fields', 'lower lung field', 'lower lung fields', 'lower lung zone', 'lower lung zones', 'lower', 'base', 'bases', 'basal', 'basilar', 'lung base', 'lung bases', 'bibasilar', 'bibasal', 'basal segment', 'basal segments', 'laterobasal segment', 'posterobasal segment'], // prettier-ignore
    lung: ['lung', 'lungs', 'pulmonary', 'lung parenchyma', 'lung field', 'lung fields', 'hemithorax', 'parenchyma', 'parenchymal', 'pulmonary parenchyma'], // prettier-ignore
    pleura: ['pleura', 'pleural', 'pleural space', 'costophrenic angle', 'costophrenic angles', 'costophrenic sulcus', 'fissure'], // prettier-ignore
    hilum: ['hilum', 'hila', 'hilar', 'perihilar'],
    mediastinum: ['mediastinum', 'mediastinal'],
    heart: ['heart', 'cardiac', 'cardiac silhouette', 'pericardium', 'pericardial'],
    aorta: ['aorta', 'aortic', 'aortic arch', 'ascending aorta', 'descending aorta'],
    'pulmonary artery': ['pulmonary artery', 'pulmonary arteries'],
    bronchi: ['bronchus', 'bronchi', 'bronchial', 'airways', 'trachea'],
    esophagus: ['esophagus', 'esophageal', 'oesophagus'],
    diaphragm: ['diaphragm', 'hemidiaphragm'],
    rib: ['rib', 'ribs', 'costal'],
    spine: ['spine', 'vertebra', 'vertebrae', 'vertebral', 'thoracic spine'],
    'chest wall': ['chest wall', 'thoracic wall'],
    chest: ['chest', 'thorax', 'thoracic'],
  },
  unpaired: ['mediastinum', 'heart', 'aorta', 'esophagus', 'spine', 'chest'],
  sides: {
    left: ['left', 'left-sided', 'lt', 'l'],
    right: ['right', 'right-sided', 'rt', 'r'],
    bilateral: ['bilateral', 'bilaterally', 'both', 'left and right', 'right and left'],
  },
  sidesAfter: {
    left: ['on the left', 'on the left side', 'of the left lung', 'of the left side'],
    right: ['on the right', 'on the right side', 'of the right lung', 'of the right side'],
    bilateral: ['on both sides', 'of both lungs', 'bilaterally'],
  },
  appearances: {
    minimal: ['minimal', 'subtle', 'trace', 'tiny'],
    mild: ['mild', 'small', 'slight', 'mildly'],
    moderate: ['moderate', 'mod', 'moderately'],
    severe: ['severe', 'large', 'marked', 'massive', 'extensive', 'severely'],
    multiple: ['multiple', 'multifocal', 'multilobar', 'several', 'numerous', 'scattered', 'some nodules'],
    diffuse: ['diffuse', 'diffusely', 'widespread'],
    patchy: ['patchy', 'patches', 'patch'],
    round: ['round', 'rounded', 'nodular'],
    linear: ['linear', 'band-like', 'bandlike', 'plate-like'],
    reticular: ['reticular', 'reticulonodular', 'reticulation', 'crazy paving'],
    peripheral: ['peripheral', 'peripherally', 'subpleural', 'subpleurally'],
    central: ['central', 'centrally', 'parahilar'],
    calcified: ['calcified', 'calcific'],
    cavity: ['cavity', 'cavitary', 'cavitation', 'cavitating'],
    progressing: ['progression', 'progressive', 'worsening', 'increased', 'increasing'],
  },
  modifiers: ['minimal', 'mild', 'moderate', 'severe', 'multiple', 'diffuse', 'patchy', 'round', 'linear', 'peripheral', 'central', 'progressing'], // prettier-ignore
  signals: {
    opacity: ['opacity', 'opacities', 'opacification', 'opacifications', 'airspace opacity', 'airspace opacities', 'airspace disease', 'infiltrate', 'infiltrates', 'infiltration', 'infiltrations', 'density', 'densities', 'density increase', 'haziness', 'shadowing', 'shadow', 'shadows'], // prettier-ignore
    'ground glass': ['ground glass', 'ground-glass', 'ground glass opacity', 'ground glass opacities', 'ground-glass opacity', 'ground-glass opacities', 'ground glass density', 'ground glass densities', 'ground-glass density', 'ground-glass densities', 'ggo', 'ground glass areas', 'hazy opacity', 'hazy opacities'], // prettier-ignore
    consolidation: ['consolidation', 'consolidations', 'consolidative', 'consolidated', 'air bronchogram', 'air bronchograms'], // prettier-ignore
    pneumonia: ['pneumonia', 'pneumonic infiltration', 'bronchopneumonia'],
    interstitial: ['interstitial', 'interstitial change', 'interstitial changes', 'interstitial pattern', 'interstitial markings', 'septal thickening', 'interlobular septal thickening', 'interlobular septal thickenings'], // prettier-ignore
    nodule: ['nodule', 'nodules', 'micronodule', 'micronodules', 'nodular lesion', 'nodular lesions', 'pulmonary nodule', 'pulmonary nodules'], // prettier-ignore
    mass: ['mass', 'masses', 'tumor', 'tumour', 'mass lesion'],
    atelectasis: ['atelectasis', 'atelectases', 'atelectatic', 'collapse', 'subsegmental atelectasis', 'linear atelectasis', 'atelectatic changes'], // prettier-ignore
    effusion: ['effusion', 'effusions', 'pleural effusion', 'pleural effusions', 'pleural fluid', 'fluid effusion'],
    'pericardial effusion': ['pericardial effusion', 'pericardial fluid'],
    pneumothorax: ['pneumothorax', 'ptx', 'hydropneumothorax'],
    pneumomediastinum: ['pneumomediastinum'],
    cardiomegaly: ['cardiomegaly', 'enlarged heart', 'cardiac enlargement', 'cardiothoracic index increased', 'cardiothoracic ratio increased', 'cardiothoracic index is increased', 'heart is enlarged', 'heart size increased', 'heart size is increased', 'heart size has increased', 'cardiothoracic ratio has increased', 'ctr increased', 'ctr is increased', 'increased ctr'], // prettier-ignore
    emphysema: ['emphysema', 'emphysematous', 'emphysematous changes', 'bullae', 'bulla', 'hyperinflation'],
    fibrosis: ['fibrosis', 'fibrotic', 'sequela', 'sequelae', 'sequelae changes', 'fibrotic sequelae', 'fibroatelectasis', 'fibroatelectatic', 'scarring', 'pleuroparenchymal sequelae', 'pleuroparenchymal sequela', 'sequela fibrotic changes', 'honeycombing'], // prettier-ignore
    'mosaic attenuation': ['mosaic attenuation', 'mosaic attenuation pattern', 'mosaic pattern', 'mosaic density'],
    bronchiectasis: ['bronchiectasis', 'bronchiectatic', 'bronchiectasia', 'bronchiectatic changes', 'traction bronchiectasis'], // prettier-ignore
    'bronchial thickening': ['peribronchial thickening', 'peribronchial thickenings', 'peribronchial thickness', 'bronchial wall thickening', 'peribronchial cuffing', 'peribronchial wall thickening'], // prettier-ignore
    lymphadenopathy: ['lymphadenopathy', 'lymphadenopathies', 'adenopathy', 'lap', 'laps', 'lymph node', 'lymph nodes'],
    'hiatal hernia': ['hiatal hernia', 'hiatus hernia', 'sliding type hiatal hernia', 'sliding hiatal hernia'],
    'coronary calcification': ['coronary calcification', 'coronary artery calcification', 'coronary artery calcifications', 'coronary artery wall calcification', 'calcific plaques in the coronary arteries', 'calcific plaques are observed in the coronary arteries', 'calcified atherosclerotic plaques in the coronary arteries', 'coronary arteries', 'coronary artery', 'walls of the coronary artery'], // prettier-ignore
    atheroma: ['calcific plaques', 'calcific plaque', 'calcified plaques', 'atheroma plaques', 'atheroma plaque', 'atherosclerosis', 'atherosclerotic', 'arterial wall calcification', 'arterial wall calcifications', 'atheromatous plaques', 'calcified atheroma plaques', 'calcific atheroma plaques', 'atherosclerotic wall calcifications', 'wall calcifications', 'calcific atherosclerotic changes', 'calcified atherosclerotic changes', 'vascular calcifications'], // prettier-ignore
    edema: ['edema', 'oedema', 'congestion', 'vascular congestion', 'pulmonary edema'],
    thickening: ['thickening', 'thickenings', 'pleural thickening'],
    tuberculosis: ['tuberculosis', 'tuberculous'],
    cyst: ['cyst', 'cysts', 'lung cyst', 'lung cysts', 'air cyst', 'air cysts'],
    empyema: ['empyema'],
    'pleural calcification': ['pleural calcification', 'pleural calcifications', 'calcified pleural plaque', 'calcified pleural plaques'], // prettier-ignore
    'pericardial calcification': ['pericardial calcification', 'pericardial calcifications'],
    osteophyte: ['osteophyte', 'osteophytes', 'osteophytic'],
    spondylosis: ['spondylosis', 'spondylotic'],
    fracture: ['fracture', 'fractures'],
    device: ['medical material', 'pacemaker', 'catheter', 'central venous catheter', 'central venous line', 'cvc', 'endotracheal tube', 'nasogastric tube', 'central line', 'ett', 'chest tube', 'drain', 'port', 'stent', 'sternotomy'], // prettier-ignore
  },
  sequences: {},
  sequencesAfter: {},
  signalSequences: {},
  negations: ['no', 'without', 'negative for', 'free of', 'absence of', 'rather than', 'not', 'nor', 'clear of'],
  denials: ['was not detected', 'were not detected', 'not detected', 'was not observed', 'were not observed', 'not observed', 'is not observed', 'are not observed', 'is not seen', 'are not seen', 'not identified', 'is absent', 'are absent', 'was excluded', 'has resolved', 'have resolved', 'resolved', 'not evident', 'not present', 'not found', 'was not found', 'were not found'], // prettier-ignore
  contrasts: ['but', 'however', 'although', 'except', 'while', 'whereas', 'apart from', 'other than'],
  references: ['it', 'this', 'these', 'they', 'the lesion', 'the lesions', 'which'],
  normal: [
    'normal',
    'unremarkable',
    'within normal limits',
    'no abnormality',
    'no abnormalities',
    'no acute abnormality',
    'no finding',
    'no findings',
    'nad',
    'clear',
    'preserved',
    'natural',
  ],
};
