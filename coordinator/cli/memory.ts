/** How the C library hands out memory in a coordinator. */

/**
 * glibc's: one arena for all threads, so that what one of them gives back serves the others too; and buffers of 128 KiB and
 * more outside of it, given back to the system at once. Left to itself it keeps some of every size that a round brings, so
 * the more the more sites there are. Other C libraries know none of these names.
 */
const allocator = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
} as const;

/** Goes on as the same process with the same arguments under these settings, unless they, or others, are set. */
export function keepMemoryTogether(): void {
  const { env, execPath, execArgv, argv } = process;
  if (process.platform !== 'linux') return;
  if (Object.keys(allocator).some((name) => env[name] !== undefined)) return;
  process.execve?.(execPath, [execPath, ...execArgv, ...argv.slice(1)], { ...env, ...allocator });
}
