import { describe, expect, it } from 'vitest';
import { SrtpReceiver, SrtpSender } from './index.ts';
import { PacketCipher } from './packet-cipher.ts';
import { deriveSessionKeys } from './session-keys.ts';

const hex = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');

/** RFC 3711 appendix B.3. */
const MASTER = hex('E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6');

describe('the vectors of RFC 3711', () => {
  it('B.2: the key stream, up to the last block before its counter ends', () => {
    const cipher = new PacketCipher(
      {
        cipherKey: hex('2B7E151628AED2A6ABF7158809CF4F3C'),
        salt: hex('F0F1F2F3F4F5F6F7F8F9FAFBFCFD'),
        authKey: new Uint8Array(20),
      },
      10,
    );
    const bytes = new Uint8Array(0xff03 * 16);
    cipher.apply(bytes, { from: 0, to: bytes.length }, { ssrc: 0, index: 0 });
    const block = (at: number): string => text(bytes.subarray(at * 16, at * 16 + 16));

    expect([0, 1, 2, 0xfeff, 0xff00, 0xff01].map(block)).toEqual([
      'e03ead0935c95e80e166b16dd92b4eb4',
      'd23513162b02d0f72a43a2fe4a5f97ab',
      '41e95b3bb0a2e8dd477901e4fca894c0',
      'ec8cdf7398607cb0f2d21675ea9ea1e4',
      '362b7c3c6773516318a077d7fc5073ae',
      '6a2cc3787889374fbeb4c81b17ba6c44',
    ]);
  });

  it('B.3: the session keys', () => {
    const { cipherKey, salt, authKey } = deriveSessionKeys(MASTER, 'rtp');

    expect(text(cipherKey)).toBe('c61e7a93744f39ee10734afe3ff7a087');
    expect(text(salt)).toBe('30cbbc08863d8c85d49db34a9ae1');
    expect(text(authKey)).toBe('cebe321f6ff7716b6fd4ab49af256a156d38baa4');
  });
});

/** Packets that other implementations publish as references, with the keys of B.3. */
describe('packets of other implementations', () => {
  const key = { suite: 'AES_CM_128_HMAC_SHA1_80', keySalt: MASTER } as const;
  const payload = 'ab'.repeat(16);

  it('are made and opened: RTP', () => {
    const plain = `800f1234decafbadcafebabe${payload}`;
    const secured = '800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb';

    expect(text(new SrtpSender(key).protectRtp(hex(plain)))).toBe(secured);
    expect(text(new SrtpReceiver(key).unprotectRtp(hex(secured)))).toBe(plain);
  });

  it('are made and opened: RTCP', () => {
    const secured = '81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798';

    const plain = `81c8000bcafebabe${payload}`;
    const sender = new SrtpSender(key);

    // The packet has the index 1.
    sender.protectRtcp(hex(plain));
    expect(text(sender.protectRtcp(hex(plain)))).toBe(secured);
    expect(text(new SrtpReceiver(key).unprotectRtcp(hex(secured)))).toBe(plain);
  });
});
