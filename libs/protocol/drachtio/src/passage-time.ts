/**
 * The time of day as the control protocol prints it: UTC, `HH:MM:SS.uuuuuu`.
 *
 * @param epochMs Milliseconds since 1970, with fractions where the clock has them.
 */
export function formatPassageTime(epochMs: number): string {
  const micros = Math.floor(epochMs * 1_000);
  const time = new Date(Math.floor(micros / 1_000)).toISOString().slice(11, 23);
  return `${time}${String(micros % 1_000).padStart(3, '0')}`;
}
