import { describe, expect, it } from 'vitest';
import { buildAnswer, buildOffer, readAnswer } from './index.ts';
import type { LocalAudio } from './index.ts';

const LOCAL: LocalAudio = {
  codecs: ['PCMU'],
  direction: 'sendrecv',
  rtcpMux: true,
  address: '192.0.2.10',
  port: 20_000,
  ptimeMs: 20,
  sessionId: 7,
  version: 1,
};
const PLAIN: LocalAudio = { ...LOCAL, rtcpMux: false };
const MUX = 'a=rtcp-mux\r\n';
const PEER = { ...LOCAL, address: '198.51.100.7', port: 4_000 };

/** The answer of a peer, with more lines for its stream. */
const answered = (...lines: readonly string[]): string =>
  [
    'v=0',
    'o=- 1 1 IN IP4 198.51.100.7',
    's=-',
    'c=IN IP4 198.51.100.7',
    't=0 0',
    'm=audio 4000 RTP/AVP 0',
    ...lines,
    '',
  ].join('\r\n');

describe('RTCP on the port of RTP', () => {
  it('is offered where we take it, and only there', () => {
    expect(buildOffer(LOCAL)).toContain(MUX);
    expect(buildOffer(PLAIN)).not.toContain(MUX);
  });

  it.each([
    { what: 'that takes it', local: LOCAL, lines: ['a=rtcp-mux'], rtcpPort: 4_000 },
    { what: 'with spaces', local: LOCAL, lines: ['a=rtcp-mux  '], rtcpPort: 4_000 },
    {
      what: 'that names a port too',
      local: LOCAL,
      lines: ['a=rtcp:9', 'a=rtcp-mux'],
      rtcpPort: 4_000,
    },
    { what: 'that does not take it', local: LOCAL, lines: [], rtcpPort: 4_001 },
    { what: 'to an offer without', local: PLAIN, lines: ['a=rtcp-mux'], rtcpPort: 4_001 },
    { what: 'with another name', local: LOCAL, lines: ['a=rtcp-mux-only'], rtcpPort: 4_001 },
  ])('in an answer $what: RTCP goes to $rtcpPort', ({ local, lines, rtcpPort }) => {
    const audio = readAnswer(answered(...lines), local);

    expect(audio.remote?.rtcpPort).toBe(rtcpPort);
    expect(audio.rtcpMux).toBe(rtcpPort === 4_000 ? true : undefined);
  });

  it('is answered to who offers it, and to nobody else', () => {
    expect(buildAnswer(buildOffer(PEER), LOCAL)).toMatchObject({
      sdp: expect.stringContaining(MUX) as string,
      audio: { rtcpMux: true, remote: { rtcpPort: 4_000 } },
    });
    expect(buildAnswer(buildOffer({ ...PEER, rtcpMux: false }), LOCAL).sdp).not.toContain(MUX);
    expect(buildAnswer(buildOffer(PEER), PLAIN).sdp).not.toContain(MUX);
  });

  it('is not taken with payload types that look like RTCP', () => {
    const answer = answered('a=rtcp-mux').replace('RTP/AVP 0', 'RTP/AVP 0 72');

    expect(readAnswer(answer, LOCAL).rtcpMux).toBeUndefined();
  });
});
