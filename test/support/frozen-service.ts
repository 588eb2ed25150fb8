import { readFileSync, readdirSync } from 'node:fs';

/** The processes whose parent is `pid`. */
function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => parentOf(candidate) === pid);
}

/** The fourth field of `/proc/PID/stat`; the name before it may hold anything. */
function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined; // It has just ended.
  }
}

/**
 * Freezes a service of this test with all its processes (PostgreSQL has one for each connection): it keeps its
 * connections and says nothing.
 *
 * @returns Lets it go on; harmless when repeated.
 */
export function freezeService(pid: number): () => void {
  process.kill(pid, 'SIGSTOP');
  const frozen = [pid, ...childrenOf(pid)];
  for (const each of frozen) process.kill(each, 'SIGSTOP');
  return () => {
    for (const each of frozen.splice(0)) process.kill(each, 'SIGCONT');
  };
}
