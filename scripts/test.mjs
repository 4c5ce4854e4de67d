/** `npm test`: installs what is missing, then runs scripts/test.ts under Node 24. */
import { continueWith } from './prepare.mjs';

continueWith('scripts/test.ts');
