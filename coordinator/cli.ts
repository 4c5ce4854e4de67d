/**
 * `consilium-coordinator`: founds a consortium, runs its coordinator, and asks the one that runs. Results on standard
 * output, everything else on standard error; exit codes as in docs/reference/commands.md.
 */
import { keepMemoryTogether } from './cli/memory.ts';

if (process.argv[2] === 'serve') keepMemoryTogether(); // before anything else is loaded, for it starts the program again
const { runCommand } = await import('./cli/program.ts');
await runCommand();
