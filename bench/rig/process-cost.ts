import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** What processes have used so far. */
export interface ProcessCost {
  /** User and system time of all threads. */
  readonly cpuSeconds: number;
  /** Proportional set size: shared pages are divided among those who share them. */
  readonly pssKb: number;
  readonly atSeconds: number;
}

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK']).toString());

/** What processes use that have nothing to do. */
export interface IdleCost {
  readonly cpuPct: number;
  readonly pssKb: number;
}

/** Adds up what some processes have used until now. */
export function costOf(pids: readonly number[]): ProcessCost {
  return {
    cpuSeconds: sum(pids, cpuSecondsOf),
    pssKb: sum(pids, pssKbOf),
    atSeconds: performance.now() / 1000,
  };
}

/** The share of one core used between two readings, in percent. */
export function cpuPercent(from: ProcessCost, to: ProcessCost): number {
  return (100 * (to.cpuSeconds - from.cpuSeconds)) / (to.atSeconds - from.atSeconds);
}

const SAMPLE_MS = 500;

/**
 * Watches processes that have nothing to do, for `windowMs`. The memory is the least that was seen: what a collector
 * has not come round to is not idle.
 */
export async function idleCostOf(pids: readonly number[], windowMs: number): Promise<IdleCost> {
  const from = costOf(pids);
  let to = from;
  let pssKb = from.pssKb;
  while (to.atSeconds - from.atSeconds < windowMs / 1000) {
    await pause(SAMPLE_MS);
    to = costOf(pids);
    pssKb = Math.min(pssKb, to.pssKb);
  }
  return { cpuPct: cpuPercent(from, to), pssKb };
}

/** User and system time of a process so far, in seconds: fields 14 and 15 of `/proc/PID/stat` (proc(5)); the name in field 2 may hold spaces. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function pssKbOf(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1]);
}

function sum(pids: readonly number[], read: (pid: number) => number): number {
  return pids.reduce((total, pid) => total + read(pid), 0);
}
