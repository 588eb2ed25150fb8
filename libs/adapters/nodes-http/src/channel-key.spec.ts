import { describe, expect, it } from 'vitest';
import type { NodeId } from '#domain';
import { Secret } from '#foundation';
import { VirtualTime } from '#testkit';
import { ChannelKey } from './channel-key.ts';

const secretOf = (byte: number) => new Secret(Buffer.alloc(32, byte).toString('base64'));
const REQUEST = { node: 'node_1' as NodeId, method: 'GET', path: '/internal/calls/1?x=1' };

function setup() {
  const time = new VirtualTime();
  const key = new ChannelKey({ secretKey: secretOf(1) }, time);
  return { time, key, header: key.authorize(REQUEST) };
}

describe('a token of the channel', () => {
  it('allows its request, from another process with the same secret key too', () => {
    const { time, key, header } = setup();

    expect(key.allows(REQUEST, header)).toBe(true);
    expect(new ChannelKey({ secretKey: secretOf(1) }, time).allows(REQUEST, header)).toBe(true);
    expect(new ChannelKey({ secretKey: secretOf(2) }, time).allows(REQUEST, header)).toBe(false);
  });

  it('and a sealed body pass between processes that know both keys while the key is changed', () => {
    const { time, key, header } = setup();
    const changed = { secretKey: secretOf(2), otherSecretKeys: [secretOf(1)] };

    const other = new ChannelKey(changed, time);

    expect(other.allows(REQUEST, header)).toBe(true);
    expect(other.open(REQUEST, key.seal(REQUEST, 'streamKey'))).toBe('streamKey');
  });

  it.each([
    { ...REQUEST, method: 'POST' },
    { ...REQUEST, path: '/internal/calls/2?x=1' },
    { ...REQUEST, path: '/internal/calls/1' },
    { ...REQUEST, node: 'node_2' as NodeId },
  ])('allows no other: %j', (other) => {
    const { key, header } = setup();

    expect(key.allows(other, header)).toBe(false);
  });

  it('ends after 30 s and what clocks may differ, and is not taken long before its time', () => {
    const { time, key, header } = setup();

    time.advance(60_000);
    expect(key.allows(REQUEST, header)).toBe(true);
    const early = key.authorize(REQUEST);
    time.advance(1_000);
    expect(key.allows(REQUEST, header)).toBe(false);
    const slow = new ChannelKey({ secretKey: secretOf(1) }, new VirtualTime());
    expect(slow.allows(REQUEST, early)).toBe(false);
  });

  it.each(['', 'Bearer', 'Bearer 1.2', 'Basic abc', `Bearer 9999999999.${'A'.repeat(43)}`])(
    'is not %j',
    (header) => {
      expect(setup().key.allows(REQUEST, header)).toBe(false);
    },
  );

  it('seals a body that nobody else reads, and that fits nowhere else', () => {
    const { key, time } = setup();
    const sealed = key.seal(REQUEST, 'streamKey');

    expect(sealed.toString('latin1')).not.toContain('streamKey');
    expect(new ChannelKey({ secretKey: secretOf(1) }, time).open(REQUEST, sealed)).toBe(
      'streamKey',
    );
    expect(new ChannelKey({ secretKey: secretOf(2) }, time).open(REQUEST, sealed)).toBeUndefined();
    expect(key.open({ ...REQUEST, path: '/internal/other' }, sealed)).toBeUndefined();
    expect(key.open(REQUEST, sealed.subarray(0, 20))).toBeUndefined();
    sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1;
    expect(key.open(REQUEST, sealed)).toBeUndefined();
  });

  it('cannot be made to live longer by changing its time', () => {
    const { key, header } = setup();
    const later = header.replace(/\d+/, (digits) => String(Number(digits) + 10));

    expect(later).not.toBe(header);
    expect(key.allows(REQUEST, later)).toBe(false);
    expect(key.allows(REQUEST, undefined)).toBe(false);
  });
});
