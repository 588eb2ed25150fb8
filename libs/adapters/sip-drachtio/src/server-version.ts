/** Whether the version that a signalling server tells of itself is v0.8.2 or later: before it `ping` was no command. */
export function answersPings(version: unknown): boolean {
  const numbers = /^v?(\d{1,4})\.(\d{1,4})\.(\d{1,4})/.exec(String(version))?.slice(1) ?? [];
  const [major = 0, minor = 0, patch = 0] = numbers.map(Number);
  return major > 0 || minor > 8 || (minor === 8 && patch >= 2);
}
