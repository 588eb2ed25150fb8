import { BugError } from '#foundation';
import { describe, expect, it } from 'vitest';
import { buildAnswer, buildNextOffer, buildOffer } from './index.ts';
import { CRLF, LOCAL, BODY, codeOf } from '../../../../test/support/sdp-texts.ts';

describe('buildOffer', () => {
  it.each([
    {
      name: 'two codecs, listening only',
      local: LOCAL,
      bytes: CRLF([
        'v=0',
        'o=- 7000000000000000001 1 IN IP4 192.0.2.10',
        's=-',
        'c=IN IP4 192.0.2.10',
        't=0 0',
        'm=audio 20000 RTP/AVP 0 8 101',
        'a=rtpmap:0 PCMU/8000',
        'a=rtpmap:8 PCMA/8000',
        'a=rtpmap:101 telephone-event/8000',
        'a=fmtp:101 0-16',
        'a=ptime:20',
        'a=recvonly',
      ]),
    },
    {
      name: 'one codec, both ways, IPv6 and RTCP elsewhere',
      local: {
        ...LOCAL,
        codecs: ['PCMA'] as const,
        direction: 'sendrecv' as const,
        address: '2001:db8::1',
        rtcpPort: 30_000,
      },
      bytes: CRLF([
        'v=0',
        'o=- 7000000000000000001 1 IN IP6 2001:db8::1',
        's=-',
        'c=IN IP6 2001:db8::1',
        't=0 0',
        'm=audio 20000 RTP/AVP 8 101',
        'a=rtpmap:8 PCMA/8000',
        'a=rtpmap:101 telephone-event/8000',
        'a=fmtp:101 0-16',
        'a=rtcp:30000',
        'a=ptime:20',
        'a=sendrecv',
      ]),
    },
  ])('writes $name', ({ local, bytes }) => {
    expect(buildOffer(local)).toBe(bytes);
  });

  it.each([
    ['port', { port: 0 }],
    ['port', { port: 70_000 }],
    ['address', { address: '0.0.0.0' }],
    ['address', { address: 'a\r\nb=1' }],
    ['session id', { sessionId: '1\r\n' }],
    ['codec', { codecs: [] }],
  ])('refuses a wrong %s as a bug of ours', (_what, change) => {
    expect(() => buildOffer({ ...LOCAL, ...change })).toThrow(BugError);
  });
});

describe('buildAnswer', () => {
  const offer = BODY(
    'm=audio 4000 RTP/AVP 18 8 0 110',
    'a=rtpmap:110 telephone-event/8000',
    'a=sendrecv',
  );

  it('answers in the order and with the numbers of the offer', () => {
    const { sdp, audio } = buildAnswer(offer, LOCAL);

    expect(sdp).toBe(
      CRLF([
        'v=0',
        'o=- 7000000000000000001 1 IN IP4 192.0.2.10',
        's=-',
        'c=IN IP4 192.0.2.10',
        't=0 0',
        'm=audio 20000 RTP/AVP 8 0 110',
        'a=rtpmap:8 PCMA/8000',
        'a=rtpmap:0 PCMU/8000',
        'a=rtpmap:110 telephone-event/8000',
        'a=fmtp:110 0-16',
        'a=ptime:20',
        'a=recvonly',
      ]),
    );
    expect(audio).toMatchObject({ codec: 'PCMA', telephoneEvent: 110, direction: 'recvonly' });
  });

  it('refuses every other stream with port 0, in place', () => {
    const mixed = BODY(
      'm=image 5004 udptl t38',
      'm=audio 4000 RTP/AVP 0',
      'm=video 5000/2 RTP/SAVPF 96 97',
      'm=audio 4100 RTP/AVP 0',
      'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    );

    const { sdp } = buildAnswer(mixed, LOCAL);

    expect(sdp.split('\r\n').filter((line) => line.startsWith('m='))).toEqual([
      'm=image 0 udptl t38',
      'm=audio 20000 RTP/AVP 0',
      'm=video 0 RTP/SAVPF 96',
      'm=audio 0 RTP/AVP 0',
      'm=application 0 UDP/DTLS/SCTP webrtc-datachannel',
    ]);
  });

  it.each([
    ['recvonly', 'sendrecv', 'recvonly', false],
    ['recvonly', 'sendonly', 'recvonly', false],
    ['recvonly', 'recvonly', 'inactive', true],
    ['recvonly', 'inactive', 'inactive', true],
    ['sendrecv', 'sendrecv', 'sendrecv', false],
    ['sendrecv', 'sendonly', 'recvonly', true],
    ['sendrecv', 'recvonly', 'sendonly', true],
    ['sendrecv', 'inactive', 'inactive', true],
  ] as const)('as %s answers an offer of %s with %s', (direction, offered, answered, isHeld) => {
    const text = BODY('m=audio 4000 RTP/AVP 0', `a=${offered}`);

    const { sdp, audio } = buildAnswer(text, { ...LOCAL, direction });

    expect(sdp).toContain(`a=${answered}\r\n`);
    expect(audio).toMatchObject({ direction: answered, isHeld });
  });

  it('keeps the session id, and moves the version on by one only for a change', () => {
    const first = buildOffer(LOCAL);
    const hold = BODY('m=audio 4000 RTP/AVP 0', 'a=inactive');

    const held = buildAnswer(hold, LOCAL, first).sdp;
    const heldAgain = buildAnswer(hold, LOCAL, held).sdp;
    const resumed = buildAnswer(hold.replace('inactive', 'sendonly'), LOCAL, heldAgain).sdp;

    const originOf = (sdp: string): string | undefined => sdp.split('\r\n')[1];
    expect(originOf(held)).toBe('o=- 7000000000000000001 2 IN IP4 192.0.2.10');
    expect(heldAgain).toBe(held);
    expect(originOf(resumed)).toBe('o=- 7000000000000000001 3 IN IP4 192.0.2.10');
  });

  it.each([
    ['malformed', 'v=0\r\nm=x'],
    ['noAudio', BODY('m=audio 0 RTP/AVP 0', 'm=image 5004 udptl t38')],
    ['noAudio', BODY('m=video 0 RTP/AVP 96')],
    ['noCommonCodec', BODY('m=audio 4000 RTP/AVP 9')],
    ['addressRefused', BODY('m=audio 4000 RTP/AVP 0', 'c=IN IP4 239.1.1.1')],
  ])('refuses with %s what cannot be answered', (code, text) => {
    expect(codeOf(() => buildAnswer(text, LOCAL))).toBe(code);
  });

  it('takes away what the peer takes away, and gives it back', () => {
    const gone = buildAnswer(BODY('m=audio 0 RTP/AVP 0'), LOCAL, buildOffer(LOCAL));
    const back = buildAnswer(BODY('m=audio 4000 RTP/AVP 0'), LOCAL, gone.sdp);

    expect(gone.audio).toBeUndefined();
    expect(gone.sdp).toContain('o=- 7000000000000000001 2 IN');
    expect(gone.sdp).toContain('m=audio 0 RTP/AVP 0\r\n');
    expect(back.audio).toMatchObject({ codec: 'PCMU', isHeld: false });
    expect(back.sdp).toContain('o=- 7000000000000000001 3 IN');
    expect(back.sdp).toContain('m=audio 20000 RTP/AVP 0\r\n');
  });
});

describe('buildNextOffer', () => {
  it('repeats the first offer letter by letter while nothing has changed', () => {
    const first = buildOffer(LOCAL);

    expect(buildNextOffer(LOCAL, first)).toBe(first);
  });

  it('offers everything again after a narrower answer and a hold, in the places of the session', () => {
    const offer = BODY('m=video 5000 RTP/AVP 96', 'm=audio 4000 RTP/AVP 8', 'a=inactive');
    const { sdp } = buildAnswer(offer, LOCAL, buildOffer(LOCAL));

    const next = buildNextOffer(LOCAL, sdp);

    expect(next.split('\r\n').filter((line) => /^[om]=|a=(?:recv|inac)/.test(line))).toEqual([
      'o=- 7000000000000000001 3 IN IP4 192.0.2.10',
      'm=video 0 RTP/AVP 96',
      'm=audio 20000 RTP/AVP 0 8 101',
      'a=recvonly',
    ]);
  });
});
