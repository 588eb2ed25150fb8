const STEPS = ['kB', 'MB', 'GB', 'TB'] as const;

/** `512 B`, `1.5 MB`; a kilobyte has 1000 bytes. */
export function bytesText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  let [value, step] = [bytes / 1_000, 0];
  while (value >= 1_000 && step < STEPS.length - 1) [value, step] = [value / 1_000, step + 1];
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${STEPS[step] ?? ''}`;
}

/** `64 kb/s`, `1.2 Mb/s`. */
export function bitrateText(bitsPerSecond: number): string {
  const kilobits = bitsPerSecond / 1_000;
  if (kilobits >= 1_000) return `${(kilobits / 1_000).toFixed(1)} Mb/s`;
  return `${kilobits > 0 && kilobits < 10 ? kilobits.toFixed(1) : Math.round(kilobits)} kb/s`;
}

/** What the API tells for silence. */
const SILENCE_DBFS = -127;

/** `-23 dBFS`, or that it is silent. */
export const levelText = (dbfs: number): string =>
  dbfs <= SILENCE_DBFS ? 'silent' : `${Math.round(dbfs)} dBFS`;

/** `0.3 %`, of a share from 0 to 100. */
export const percentText = (percent: number): string =>
  `${percent > 0 && percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
