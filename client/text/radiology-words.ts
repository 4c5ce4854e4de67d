/**
 * Words of English radiology reports and of everyday English, punctuation included. Written for this project from
 * general knowledge of the field; no corpus, report or dictionary was copied, so the list is the project's own work
 * under its licence.
 *
 * @module
 */

const lists: readonly string[] = [
  // Punctuation and figures
  `. , : ; - / ( ) + % ' " ? = < > & # * [ ] ° ’ ‘ “ ” – 0 1 2 3 4 5 6 7 8 9 10 11 12 14 15 20 25 30 38 39 40 50 60 70 80 90 100 2019 2020`,
  // Everyday English
  `the a an and or but nor of in on at to from by with without for as into onto over under above below between within
  through throughout along across around about against after before during since until while when where which who whose
  that this these those it its he she his her him they their them we our you your i is are was were be been being am has
  have had having do does did done can could may might must should would will shall not no none any some all both each
  every either neither other another same such own more most less least few fewer many much several only also too very
  quite rather just still yet again already now then there here than so if because due however although though thus
  therefore hence well not one two three four five six seven eight nine ten first second third last next once twice
  half whole part parts total number day days week weeks month months year years old hour hours morning evening today
  time times date ago later earlier early late new newly recent recently previous previously prior current currently
  initial initially final finally following follow followed follows up down out off back away further additional
  man woman men women male female boy girl child children infant adult patient patients person people family hospital
  home ward clinic department unit care room work worker city country travel travelled travel return returned contact
  exposure known unknown unclear clear clearly good bad better worse worst best high higher highest low lower lowest
  large larger largest small smaller smallest big great long longer short shorter wide narrow thick thin deep
  shallow full empty open closed single multiple numerous various different similar like likely unlikely possible
  possibly probable probably presumably potential potentially certain uncertain suspect suspected suspicious suspicion
  suggest suggests suggesting suggestive consistent compatible typical atypical indicative represent represents
  representing relate related secondary primary cause caused causing result results resulting show shows showed showing
  shown demonstrate demonstrates demonstrated demonstrating reveal reveals revealed revealing see seen note noted
  observe observed identify identified identifiable find found finding findings detect detected evident evidence
  visible visualised visualized appear appears appeared appearance appearances apparent obvious subtle sign signs feature
  features pattern patterns change changes changed unchanged changing increase increased increases increasing decrease
  decreased decreases decreasing reduce reduced reduction improve improved improvement improving worsen worsened
  worsening progress progressed progression progressive progressively resolve resolved resolving resolution regress
  regression stable stability persist persists persistent persisting remain remains remained develop developed
  development begin began start started continue continued compare compared comparison interval marked markedly
  significant significantly considerable extensive extensively limited slight slightly mild mildly moderate moderately
  severe severely minimal minimally minor major gross grossly trace tiny discrete discreet predominant predominantly
  predominance mainly mostly especially particularly present presence absent absence normal normally abnormal
  abnormality abnormalities unremarkable remarkable satisfactory adequate inadequate suboptimal optimal poor poorly
  image images film films view views study studies examination exam report reports technique quality position
  positioned positioning projection projected rotation rotated inspiration expiration supine erect upright prone sitting
  lateral frontal posteroanterior anteroposterior pa ap portable mobile bedside radiograph radiographs radiography
  x-ray xray xrays ray chest thorax thoracic radiology radiological radiologic imaging scan scanner ct computed tomography
  cta mri mr magnetic resonance ultrasound sonography echo echocardiography angiography pet contrast enhanced
  enhancement enhancing non unenhanced intravenous axial coronal sagittal slice slices window reconstruction hrct
  conclusion impression opinion history clinical information indication reason question recommend recommended advise
  advised suggest correlate correlation consider considered exclude excluded rule ruled confirm confirmed review
  reviewed discuss discussed needed need required require`,
  // Places
  `right left bilateral bilaterally unilateral unilaterally sided side sides both upper middle mid lower apical apex
  apices basal base bases basilar bibasal bibasilar central centrally peripheral peripherally periphery perihilar hilar
  hilum hila hili parahilar paratracheal subcarinal mediastinal mediastinum paramediastinal retrocardiac retrosternal
  subpleural pleural pleura pleurally parenchymal parenchyma interstitium interstitial airspace air space spaces alveolar
  alveoli bronchial bronchus bronchi bronchiole bronchioles bronchovascular peribronchial peribronchovascular
  centrilobular lobular interlobular intralobular septal septum septa lobe lobes lobar bilobar multilobar segment
  segments segmental subsegmental lingula lingular zone zones field fields lung lungs pulmonary fissure fissures
  horizontal oblique vertical transverse costophrenic cardiophrenic angle angles recess sulcus sulci diaphragm
  diaphragmatic hemidiaphragm hemidiaphragms subdiaphragmatic infradiaphragmatic trachea tracheal carina larynx neck
  cervical supraclavicular axilla axillary breast breasts rib ribs costal clavicle clavicles sternum sternal scapula
  shoulder humerus humeral spine spinal vertebra vertebrae vertebral bone bones bony osseous skeletal skeleton soft
  tissue tissues skin muscle wall walls cavity cavities heart cardiac atrium atrial ventricle ventricular aorta
  aortic arch knuckle ascending descending pericardium pericardial cardiomediastinal silhouette contour contours border
  borders margin margins outline size shape vena cava superior inferior svc ivc vein veins venous artery arteries arterial
  vessel vessels vascular vasculature vascularity azygos oesophagus esophagus oesophageal stomach gastric bowel abdomen
  abdominal liver hepatic spleen splenic kidney kidneys renal adrenal pancreas pancreatic gallbladder head brain skull
  intracranial frontal temporal parietal occipital cerebral cerebellar cerebellum white grey gray matter cortex cortical
  basal ganglia thalamus ventricles periventricular sulcal pelvis pelvic hip knee anterior anteriorly posterior
  posteriorly medial medially laterally superiorly inferiorly proximal distal diffuse diffusely focal focally multifocal
  patchy scattered widespread confluent generalised generalized localised localized symmetrical symmetric asymmetrical
  asymmetric dependent gravity nonsegmental level levels region regions area areas site sites location located
  distribution distributed adjacent near overlying underlying surrounding contralateral ipsilateral`,
  // What is found
  `opacity opacities opacification opacifications opacified ground glass ggo ggos hazy haziness haze density densities
  dense shadow shadows shadowing infiltrate infiltrates infiltration infiltrative consolidation consolidations
  consolidative consolidated bronchogram bronchograms atelectasis atelectases atelectatic collapse collapsed volume loss
  effusion effusions fluid fluids hydrothorax empyema haemothorax hemothorax pneumothorax pneumothoraces ptx tension
  pneumomediastinum pneumoperitoneum emphysema emphysematous subcutaneous surgical bulla bullae bullous bleb cyst cysts cystic cavitation
  cavitary cavitating abscess nodule nodules nodular nodularity micronodules mass masses tumour tumor tumours tumors
  lesion lesions metastasis metastases metastatic malignancy malignant benign cancer carcinoma lymphoma sarcoma granuloma
  granulomas granulomatous calcification calcifications calcified calcific lymph node nodes lymphadenopathy adenopathy
  enlarged enlargement cardiomegaly hypertrophy dilated dilatation dilation distended distension widened widening
  oedema edema congestion congested failure decompensation cephalisation redistribution kerley line lines linear band
  bands bandlike streaky strand strands stranding reticular reticulation reticulations reticulonodular honeycombing
  honeycomb fibrosis fibrotic fibrosing scar scarring bronchiectasis bronchiectatic bronchitis bronchiolitis thickening
  thickened plaque plaques crazy paving halo reversed tree bud mosaic perfusion trapping hyperinflation hyperinflated
  hyperexpanded flattened flattening elevated elevation raised blunted blunting obscured obscuration obliterated
  obliteration effaced effacement shift shifted displaced displacement deviation deviated midline fracture fractures
  fractured dislocation degenerative osteophyte osteophytes osteoporosis osteopenia scoliosis kyphosis sclerosis
  sclerotic lytic hernia hiatus tortuous tortuosity unfolded ectatic aneurysm dissection embolism embolus emboli thrombus
  thrombosis thrombotic infarct infarction infarcts haemorrhage hemorrhage haemorrhagic hemorrhagic haematoma hematoma
  ischaemia ischemia ischaemic ischemic stroke stenosis occlusion occluded hyperintensity hypointensity hyperintense
  hypointense isointense signal intensity diffusion restriction flair dwi adc attenuation hypodense hyperdense foreign
  body rounded round ovoid oval irregular smooth sharp ill defined spiculated lobulated amorphous fluffy cotton wool
  coarse fine prominent prominence crowding crowded homogeneous heterogeneous inhomogeneous superimposed overlap
  overlapping artefact artifact`,
  // Illness, people and care
  `pneumonia pneumonias pneumonitis bronchopneumonia pneumocystis covid coronavirus corona virus viral sars cov mers
  influenza flu bacterial bacteria bacterium streptococcus streptococcal staphylococcus aureus pneumoniae klebsiella
  legionella mycoplasma chlamydia chlamydophila pseudomonas haemophilus escherichia coli fungal fungus aspergillus
  aspergillosis tuberculosis tb mycobacterium mycobacterial varicella herpes cytomegalovirus cmv hiv aids jirovecii
  infection infections infectious infective infected inflammation inflammatory organising organizing sepsis septic
  shock ards acute chronic subacute respiratory distress syndrome illness disease diseases disorder condition injury
  trauma traumatic aspiration lipoid hypersensitivity eosinophilic autoimmune vasculitis sarcoidosis silicosis asbestosis
  asthma asthmatic copd smoker smoking tobacco hypertension hypertensive hypotension diabetes diabetic mellitus obesity
  obese dyslipidaemia hyperlipidaemia coronary myocardial cardiomyopathy valve replacement transplant transplantation
  transplanted immunosuppressed immunocompromised immunosuppression leukaemia leukemia anaemia anemia neutropenia
  chemotherapy radiotherapy radiation steroid steroids corticosteroids prednisolone antibiotic antibiotics azithromycin
  hydroxychloroquine lopinavir ritonavir remdesivir tocilizumab heparin therapy treatment treated treat drug drugs
  symptom symptoms symptomatic asymptomatic fever febrile afebrile temperature cough coughing dry productive sputum
  sore throat odynophagia dyspnoea dyspnea shortness breath breathing breathless breathlessness wheeze crackles rales
  tachypnoea tachypnea tachycardia chills rigors sweats fatigue malaise weakness myalgia headache nausea vomiting
  diarrhoea diarrhea anorexia weight anosmia ageusia rhinorrhoea confusion pain painful haemoptysis hemoptysis cyanosis
  hypoxia hypoxic hypoxaemia hypoxemia saturation saturations oxygen oxygenation spo2 room arterial gas blood pressure rate
  pulse beats min minute mmhg mg ml cm mm kg l count lymphocyte lymphocytes lymphopenia leukocyte leukocytes leukocytosis
  white cell cells neutrophil neutrophils platelet platelets haemoglobin crp reactive protein procalcitonin ferritin
  dimer ldh lactate troponin creatinine raised laboratory test tests tested testing positive negative pcr rt rna swab
  nasopharyngeal nasal oropharyngeal culture cultures antigen antibody serology biopsy bronchoscopy lavage
  bronchoalveolar intubation intubated extubation extubated ventilation ventilated ventilator mechanical invasive
  noninvasive cpap high-flow nasal cannula mask tracheostomy ecmo extracorporeal membrane support supportive inotropic
  dialysis icu intensive emergency admission admitted admit discharge discharged presented presents presenting
  presentation referred transferred died death deceased dead recovered recovery recover survived outcome course
  complication complications complicated hospitalisation hospitalised hospitalized hospitalization isolation quarantine
  procedure operation surgery postoperative preoperative status post resection lobectomy mastectomy sternotomy bypass
  device devices tube tubes endotracheal ett et nasogastric ng ngt orogastric feeding drain drains catheter catheters
  central cvc cvl picc port jugular subclavian femoral line tip terminates situ place placed placement inserted
  insertion removed removal pacemaker pacing lead leads defibrillator icd stent clip clips wire wires suture sutures
  prosthesis prosthetic electrode electrodes ecg monitoring well appropriately satisfactory malpositioned case cases
  male-patient italy china wuhan spain germany iran australia traveler cruise ship healthcare nurse doctor physician
  contact close confirmed laboratory-confirmed nad abnormal-finding no-finding`,
];

/** The words, each once, in the order above. */
export const radiologyWords: readonly string[] = [
  ...new Set(lists.flatMap((list) => list.split(/\s+/)).filter((word) => /^([a-z0-9]+|[^a-z0-9])$/u.test(word))),
];
