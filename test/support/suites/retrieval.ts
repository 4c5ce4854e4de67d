/** Suite `evaluate/retrieval`. @module */
import { precisionAtK, recall, recallDistinctText } from '#client/evaluate/retrieval';
import { list, number, text } from '../vector-input.ts';
import type { Json, Suite } from '../vectors.ts';

const rows = (value: Json | undefined): number[][] => list(value, (row) => list(row, number));

export const retrieval: Suite = {
  recall: (input) => recall(rows(input['similarity']), list(input['k'], number)),
  recallDistinctText: (input) =>
    recallDistinctText(rows(input['similarity']), list(input['texts'], text), list(input['k'], number)),
  precisionAtK: (input) =>
    precisionAtK(
      rows(input['similarity']),
      list(input['queryClass'], text),
      list(input['galleryClass'], text),
      number(input['k']),
    ),
};
