import { describe, expect, it } from 'vitest';
import { microsFromMs } from '#foundation';
import { RemotePin } from './remote-pin.ts';
import type { PeerAddress, PeerLearning } from './remote-pin.ts';

const AGREED = { address: '192.0.2.1', port: 4000 };
const OTHER_PORT = { address: '192.0.2.1', port: 5000 };
const THIRD_PORT = { address: '192.0.2.1', port: 5002 };
const OTHER_HOST = { address: '203.0.113.9', port: 4000 };

/** A pin, and packets that come to it 20 ms after each other. */
function setup(learning: PeerLearning) {
  const pin = new RemotePin({ learning, convincingPackets: 5, windowMs: 3_000 });
  pin.agree(AGREED);
  let nowMs = 0;
  /** Whether the packet is taken for the peer's. */
  const hear = (source: PeerAddress, isGenuine = true): boolean => {
    nowMs += 20;
    const now = microsFromMs(nowMs);
    if (pin.isPinned(source)) return true;
    const standing = pin.standing(source, now);
    if (standing === 'stranger') return false;
    return isGenuine ? pin.believe(source, now) : standing === 'agreed';
  };
  const hearAll = (sources: readonly PeerAddress[]): boolean[] =>
    sources.map((source) => hear(source));
  return { pin, hear, hearAll, wait: (ms: number) => void (nowMs += ms) };
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

describe('a pin on the peer', () => {
  it('hears nobody before an address is agreed', () => {
    const pin = new RemotePin({ learning: 'source', convincingPackets: 5, windowMs: 3_000 });

    expect(pin.standing(AGREED, microsFromMs(0))).toBe('stranger');
  });

  it('does not hear a peer that is gone, however long it goes on, when another one is agreed', () => {
    const { pin, hearAll } = setup('port');
    hearAll(times(20, AGREED));

    pin.forget();
    expect(pin.target).toBeUndefined();
    expect(hearAll(times(100, AGREED))).not.toContain(true);
    pin.agree({ address: '192.0.2.77', port: 4000 });

    expect(hearAll(times(100, AGREED))).not.toContain(true);
  });

  it('learns anew where a peer is that comes back under its old address', () => {
    const { pin, hearAll } = setup('port');
    hearAll(times(20, OTHER_PORT));

    pin.forget();
    pin.agree(AGREED);

    expect(hearAll(times(6, THIRD_PORT)).at(-1)).toBe(true);
  });

  it('hears the agreed address at once and nobody else afterwards', () => {
    const { pin, hear, hearAll } = setup('source');

    expect(hear(AGREED)).toBe(true);
    expect(hearAll([...times(20, OTHER_PORT), ...times(20, OTHER_HOST)])).not.toContain(true);
    expect(pin.target).toEqual(AGREED);
  });

  it('believes another port of the agreed host after five packets in a row', () => {
    const { pin, hear, hearAll } = setup('port');

    expect(hearAll(times(6, OTHER_PORT))).toEqual([false, false, false, false, true, true]);
    expect(pin.target).toEqual(OTHER_PORT);
    expect(hear(THIRD_PORT)).toBe(false);
  });

  it('is not convinced by packets that are not genuine, however many', () => {
    const { pin, hear } = setup('source');

    const heard = times(100, OTHER_PORT).map((source) => hear(source, false));

    expect(heard).not.toContain(true);
    expect(pin.target).toEqual(AGREED);
    expect(
      times(5, OTHER_PORT)
        .map((source) => hear(source))
        .at(-1),
    ).toBe(true);
  });

  it('is not fixed to the agreed address by packets that are not genuine', () => {
    const { pin, hear, hearAll } = setup('port');

    hear(AGREED, false);

    expect(hearAll(times(5, OTHER_PORT)).at(-1)).toBe(true);
    expect(pin.target).toEqual(OTHER_PORT);
  });

  it('learns for three seconds after the first packet, and then believes the agreed address only', () => {
    const { hear, hearAll, wait } = setup('source');
    wait(60_000);

    hearAll(times(4, OTHER_PORT));
    wait(3_000);

    expect(hearAll([...times(100, OTHER_PORT), ...times(100, OTHER_HOST)])).not.toContain(true);
    expect(hear(AGREED)).toBe(true);
  });

  it('comes back to the agreed address whenever that is heard', () => {
    const { pin, hearAll } = setup('port');
    hearAll(times(5, OTHER_PORT));

    expect(hearAll([AGREED, OTHER_PORT, AGREED])).toEqual([true, false, true]);
    expect(pin.target).toEqual(AGREED);
  });

  it('does not fall back to where the peer was while packets from there are still on their way', () => {
    const { pin, hear, hearAll } = setup('port');
    hear(AGREED);

    pin.agree(OTHER_PORT);

    expect(hearAll(times(50, AGREED))).not.toContain(true);
    expect(hearAll([OTHER_PORT, AGREED])).toEqual([true, false]);
  });

  it('learns another port while packets from where the peer was are still on their way', () => {
    const { pin, hearAll } = setup('port');
    hearAll([AGREED]);
    pin.agree(OTHER_PORT);

    expect(hearAll([...times(20, AGREED), ...times(5, THIRD_PORT)]).at(-1)).toBe(true);
  });

  it('follows a peer that goes on sending from where it was, after a second', () => {
    const { pin, hearAll } = setup('port');
    hearAll(times(5, OTHER_PORT));

    pin.agree({ ...AGREED, port: 4444 });

    expect(hearAll(times(60, OTHER_PORT)).indexOf(true)).toBe(50);
  });

  it('prefers the agreed address while it is still deciding', () => {
    const { hear, hearAll } = setup('port');

    hearAll(times(4, OTHER_PORT));

    expect(hear(AGREED)).toBe(true);
    expect(hear(OTHER_PORT)).toBe(false);
  });

  it('starts counting anew when somebody else talks in between', () => {
    const { hearAll } = setup('port');

    const heard = hearAll([...times(4, OTHER_PORT), THIRD_PORT, ...times(4, OTHER_PORT)]);

    expect(heard).not.toContain(true);
  });

  it('never believes another host unless told to', () => {
    const [strict, lenient] = [setup('port'), setup('source')];

    expect(strict.hearAll(times(50, OTHER_HOST))).not.toContain(true);
    expect(lenient.hearAll(times(5, OTHER_HOST)).at(-1)).toBe(true);
  });

  it('is not disturbed by another host while it learns a port', () => {
    const { hearAll } = setup('port');

    const sources = times(5, OTHER_PORT).flatMap((source) => [OTHER_HOST, source]);

    expect(hearAll(sources).at(-1)).toBe(true);
  });

  it('decides anew for a new address and not for the same one again', () => {
    const { pin, hear, hearAll } = setup('port');
    hearAll(times(5, OTHER_PORT));

    pin.agree(AGREED);
    expect(hear(OTHER_PORT)).toBe(true);
    pin.agree(OTHER_HOST);

    expect(hear(OTHER_PORT)).toBe(false);
    expect(pin.target).toEqual(OTHER_HOST);
  });

  it.each(['2001:DB8::1', '2001:0db8:0:0:0:0:0:1'])(
    'knows the peer of %s by any spelling',
    (address) => {
      const { pin, hear } = setup('port');

      pin.agree({ address, port: 4000 });

      expect(hear({ address: '2001:db8::1', port: 4000 })).toBe(true);
    },
  );
});
