/** `npm start`: installs what is missing, then runs scripts/start.ts under Node 24. */
import { continueWith } from './prepare.mjs';

continueWith('scripts/start.ts');
