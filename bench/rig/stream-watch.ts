/** Bytes that a server has received per stream, by stream key. */
export type ReceivedBytes = ReadonlyMap<string, number>;

/** Asks nginx-rtmp what is published (`rtmp_stat`). */
export async function receivedBytes(statPort: number): Promise<ReceivedBytes> {
  const response = await fetch(`http://127.0.0.1:${statPort}/stat`);
  const page = await response.text();
  const streams = page.matchAll(/<stream>\s*<name>([^<]+)<\/name>(.*?)<\/stream>/gs);
  return new Map(
    [...streams].map(([, name = '', body = '']) => [
      name,
      Number(/<bytes_in>(\d+)</.exec(body)?.[1]),
    ]),
  );
}

/** Resolves when every stream has brought sound; fails after `timeoutMs`. */
export async function untilFlowing(
  statPort: number,
  streamKeys: readonly string[],
  timeoutMs: number,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const bytes = await receivedBytes(statPort);
    const missing = streamKeys.filter((key) => (bytes.get(key) ?? 0) < MIN_BYTES);
    if (missing.length === 0) return;
    if (performance.now() > deadline) throw new Error(`no sound on ${missing.join(', ')}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** More than the handshake and the headers of a stream. */
const MIN_BYTES = 8000;
const POLL_MS = 250;
