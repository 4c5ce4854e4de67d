/**
 * Head MRI in English. The codes are the first words of their lines; to add a word, add it behind its code.
 *
 * @module
 */
import type { CodeBook } from './code-book.ts';

export const headMriEnglish: CodeBook = {
  name: 'head-mri-en-1',
  spaced: true,
  normalSentence: 'no abnormal signal in the brain',
  anywhere: 'brain',
  sites: {
    'frontal lobe': ['frontal lobe', 'frontal lobes', 'frontal', 'frontoparietal', 'frontotemporal'],
    'parietal lobe': ['parietal lobe', 'parietal lobes', 'parietal', 'frontoparietal', 'temporoparietal', 'parieto-occipital'], // prettier-ignore
    'temporal lobe': ['temporal lobe', 'temporal lobes', 'temporal', 'frontotemporal', 'temporoparietal'],
    'occipital lobe': ['occipital lobe', 'occipital lobes', 'occipital', 'parieto-occipital'],
    insula: ['insula', 'insular', 'insular cortex', 'insular lobe'],
    'cingulate gyrus': ['cingulate gyrus', 'cingulate'],
    hippocampus: ['hippocampus', 'hippocampi', 'hippocampal', 'mesial temporal lobe'],
    'basal ganglia': ['basal ganglia', 'basal ganglion', 'basal nuclei', 'lentiform nucleus', 'lenticular nucleus', 'putamen', 'globus pallidus', 'striatum'], // prettier-ignore
    'caudate nucleus': ['caudate nucleus', 'caudate', 'caudate head', 'head of the caudate nucleus'],
    thalamus: ['thalamus', 'thalami', 'thalamic'],
    'internal capsule': ['internal capsule', 'internal capsules'],
    'external capsule': ['external capsule', 'external capsules'],
    'corona radiata': ['corona radiata', 'coronae radiatae'],
    'centrum semiovale': ['centrum semiovale', 'centra semiovalia', 'semioval center', 'semioval centre'],
    'periventricular white matter': ['periventricular white matter', 'periventricular', 'paraventricular', 'around the lateral ventricles'], // prettier-ignore
    'subcortical white matter': ['subcortical white matter', 'subcortical'],
    'deep white matter': ['deep white matter', 'white matter', 'cerebral white matter'],
    'cerebral cortex': ['cerebral cortex', 'cortex', 'cortical'],
    'cerebral hemisphere': ['cerebral hemisphere', 'cerebral hemispheres', 'cerebral', 'hemisphere', 'hemispheres'],
    'corpus callosum': ['corpus callosum', 'callosal', 'splenium', 'genu of the corpus callosum', 'splenium of the corpus callosum'], // prettier-ignore
    cerebellum: ['cerebellum', 'cerebellar', 'cerebellar hemisphere', 'cerebellar hemispheres'],
    'cerebellar vermis': ['cerebellar vermis', 'vermis'],
    'cerebellar tonsil': ['cerebellar tonsil', 'cerebellar tonsils'],
    'middle cerebellar peduncle': ['middle cerebellar peduncle', 'middle cerebellar peduncles', 'brachium pontis'],
    pons: ['pons', 'pontine'],
    midbrain: ['midbrain', 'mesencephalon', 'cerebral peduncle', 'cerebral peduncles'],
    'medulla oblongata': ['medulla oblongata', 'medulla', 'medullary'],
    brainstem: ['brainstem', 'brain stem'],
    'sellar region': ['sellar region', 'sella', 'sella turcica', 'pituitary', 'pituitary gland', 'pituitary fossa', 'suprasellar', 'suprasellar cistern'], // prettier-ignore
    'pineal region': ['pineal region', 'pineal gland', 'pineal'],
    'cerebellopontine angle': ['cerebellopontine angle', 'cerebellopontine cistern', 'cpa'],
    'lateral ventricle': ['lateral ventricle', 'lateral ventricles', 'ventricle', 'ventricles', 'ventricular system', 'ventricular'], // prettier-ignore
    'third ventricle': ['third ventricle'],
    'fourth ventricle': ['fourth ventricle'],
    sulci: ['sulci', 'sulcus', 'cerebral sulci', 'sulci and fissures', 'sylvian fissure', 'sylvian fissures'],
    cisterns: ['cistern', 'cisterns', 'basal cisterns'],
    'subdural space': ['subdural space', 'subdural'],
    'epidural space': ['epidural space', 'epidural', 'extradural'],
    'subarachnoid space': ['subarachnoid space', 'subarachnoid'],
    meninges: ['meninges', 'meningeal', 'dura', 'dural', 'leptomeningeal', 'falx'],
    calvarium: ['calvarium', 'skull', 'calvarial', 'skull base', 'clivus'],
    scalp: ['scalp', 'scalp soft tissue'],
    orbit: ['orbit', 'orbits', 'orbital', 'optic nerve', 'optic nerves'],
    'maxillary sinus': ['maxillary sinus', 'maxillary sinuses', 'maxillary'],
    'ethmoid sinus': ['ethmoid sinus', 'ethmoid sinuses', 'ethmoidal'],
    'sphenoid sinus': ['sphenoid sinus', 'sphenoid sinuses', 'sphenoidal'],
    'frontal sinus': ['frontal sinus', 'frontal sinuses'],
    'paranasal sinuses': ['paranasal sinuses', 'paranasal sinus'],
    mastoid: ['mastoid', 'mastoids', 'mastoid air cells'],
    brain: ['brain', 'intracranial', 'brain parenchyma'],
  },
  unpaired: [
    'corpus callosum',
    'cerebellar vermis',
    'pons',
    'midbrain',
    'medulla oblongata',
    'brainstem',
    'sellar region',
    'pineal region',
    'third ventricle',
    'fourth ventricle',
    'cisterns',
    'paranasal sinuses',
    'brain',
  ],
  sides: {
    left: ['left', 'left-sided', 'lt'],
    right: ['right', 'right-sided', 'rt'],
    bilateral: ['bilateral', 'bilaterally', 'both', 'left and right', 'right and left'],
  },
  sidesAfter: {
    left: ['on the left', 'on the left side', 'of the left side'],
    right: ['on the right', 'on the right side', 'of the right side'],
    bilateral: ['on both sides', 'of both sides', 'bilaterally'],
  },
  appearances: {
    multiple: ['multiple', 'multifocal', 'several', 'numerous', 'scattered', 'disseminated'],
    punctate: ['punctate', 'dot-like', 'spotty', 'tiny', 'pinpoint'],
    patchy: ['patchy', 'patches', 'patch', 'flaky', 'blotchy'],
    nodular: ['nodular', 'nodule', 'nodules', 'round', 'rounded', 'ovoid'],
    confluent: ['confluent', 'diffuse', 'extensive', 'large area of', 'sheet-like'],
    ring: ['ring-enhancing', 'ring enhancement', 'rim enhancement', 'annular'],
    linear: ['linear', 'band-like', 'streak-like', 'strip-like'],
    acute: ['acute', 'subacute', 'recent'],
    chronic: ['chronic', 'old', 'remote'],
    infarct: ['infarct', 'infarcts', 'infarction', 'infarctions', 'ischemia', 'ischemic change', 'ischemic changes', 'ischemic lesion', 'ischemic lesions', 'ischaemia', 'ischaemic change', 'ischaemic changes'], // prettier-ignore
    lacune: ['lacune', 'lacunes', 'lacunar', 'lacunar infarct', 'lacunar infarcts', 'lacunar infarction'],
    hemorrhage: ['hemorrhage', 'hemorrhages', 'haemorrhage', 'haemorrhages', 'hematoma', 'haematoma', 'bleeding', 'microbleed', 'microbleeds', 'blood products'], // prettier-ignore
    mass: ['mass', 'masses', 'tumor', 'tumour', 'tumors', 'tumours', 'neoplasm', 'space-occupying lesion', 'metastasis', 'metastases'], // prettier-ignore
    cyst: ['cyst', 'cysts', 'cystic', 'cystic lesion'],
    edema: ['edema', 'oedema', 'swelling', 'swollen'],
    'mass effect': ['mass effect', 'compressed', 'compression', 'effaced', 'effacement', 'midline shift'],
    demyelination: ['demyelination', 'demyelinating', 'demyelinating lesion', 'demyelinating lesions', 'leukoaraiosis', 'white matter hyperintensities of vascular origin'], // prettier-ignore
    encephalomalacia: ['encephalomalacia', 'softening', 'gliosis', 'malacia'],
    atrophy: ['atrophy', 'atrophic', 'volume loss', 'shrunken'],
    dilatation: [
      'dilatation',
      'dilated',
      'enlarged',
      'enlargement',
      'widened',
      'widening',
      'prominent',
      'hydrocephalus',
    ],
    'restricted diffusion': [
      'restricted diffusion',
      'diffusion restriction',
      'restricts diffusion',
      'reduced diffusion',
    ],
    enhancement: ['enhancement', 'enhancing', 'enhances'],
    thickening: ['thickening', 'thickened', 'mucosal thickening'],
    effusion: ['effusion', 'fluid', 'fluid level', 'opacification'],
    lesion: ['lesion', 'lesions', 'focus', 'foci', 'abnormality', 'abnormal signal', 'signal abnormality'],
  },
  signals: {
    hyperintense: ['hyperintense', 'hyperintensity', 'hyperintensities', 'high signal', 'high signal intensity', 'increased signal', 'bright', 'bright signal'], // prettier-ignore
    hypointense: ['hypointense', 'hypointensity', 'hypointensities', 'low signal', 'low signal intensity', 'decreased signal', 'reduced signal', 'dark', 'dark signal'], // prettier-ignore
    isointense: ['isointense', 'isointensity', 'equal signal', 'intermediate signal'],
    'long T1': ['long t1', 't1 prolongation', 'prolonged t1'],
    'long T2': ['long t2', 't2 prolongation', 'prolonged t2'],
    'short T1': ['short t1', 't1 shortening', 'shortened t1'],
    'short T2': ['short t2', 't2 shortening', 'shortened t2'],
  },
  sequences: {
    T1: ['t1', 't1wi', 't1w', 't1-weighted', 't1-weighted images'],
    T2: ['t2', 't2wi', 't2w', 't2-weighted', 't2-weighted images'],
    FLAIR: ['flair', 't2-flair'],
    DWI: ['dwi', 'diffusion', 'diffusion-weighted images', 'diffusion-weighted imaging', 'b-trace'],
    ADC: ['adc', 'adc map'],
  },
  sequencesAfter: {
    T1: ['on t1', 'on t1wi', 'on t1w', 'on t1-weighted', 'on t1-weighted images', 'in t1'],
    T2: ['on t2', 'on t2wi', 'on t2w', 'on t2-weighted', 'on t2-weighted images', 'in t2'],
    FLAIR: ['on flair', 'on t2-flair', 'in flair'],
    DWI: ['on dwi', 'on diffusion', 'on diffusion-weighted images', 'on diffusion-weighted imaging', 'in dwi'],
    ADC: ['on adc', 'on the adc map', 'on adc map', 'in adc'],
  },
  signalSequences: { 'long T1': 'T1', 'short T1': 'T1', 'long T2': 'T2', 'short T2': 'T2' },
  negations: ['no', 'without', 'negative for', 'free of', 'absence of', 'rather than', 'not'],
  denials: ['is not seen', 'are not seen', 'not identified', 'is absent', 'are absent', 'is excluded', 'was excluded', 'are excluded', 'not present'], // prettier-ignore
  contrasts: ['but', 'however', 'although', 'except', 'while', 'whereas', 'apart from'],
  references: ['it', 'this', 'these', 'they', 'the lesion', 'the lesions', 'which'],
  normal: [
    'normal',
    'unremarkable',
    'within normal limits',
    'no abnormality',
    'no abnormalities',
    'no significant abnormality',
    'no abnormal signal',
    'preserved',
  ],
};
