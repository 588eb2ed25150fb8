import { SdpError } from '#protocol/sdp';
import type { LocalAudio, OfferedAudio } from '#protocol/sdp';

export const CRLF = (lines: readonly string[]): string =>
  lines.map((line) => `${line}\r\n`).join('');
export const LISTENER: OfferedAudio = { codecs: ['PCMU', 'PCMA'], direction: 'recvonly' };
export const TALKER: OfferedAudio = { codecs: ['PCMU', 'PCMA'], direction: 'sendrecv' };
export const LOCAL: LocalAudio = {
  ...LISTENER,
  address: '192.0.2.10',
  port: 20_000,
  ptimeMs: 20,
  sessionId: '7000000000000000001',
  version: 1,
};
export const HEAD = ['v=0', 'o=- 1 1 IN IP4 198.51.100.7', 's=-'];
export const BODY = (...media: readonly string[]): string =>
  CRLF([...HEAD, 'c=IN IP4 198.51.100.7', 't=0 0', ...media]);

export const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof SdpError) return error.code;
    throw error;
  }
  return 'none';
};
