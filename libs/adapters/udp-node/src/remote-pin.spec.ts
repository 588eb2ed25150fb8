import { describe, expect, it } from 'vitest';
import { RemotePin } from './remote-pin.ts';

const AGREED = { address: '192.0.2.1', port: 4000 };
const OTHER_PORT = { address: '192.0.2.1', port: 5000 };
const OTHER_HOST = { address: '203.0.113.9', port: 4000 };

/** What becomes of several packets in a row. */
const heard = (pin: RemotePin, sources: { address: string; port: number }[]) =>
  sources.map((source) => pin.accepts(source));
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

describe('a pin on the peer', () => {
  it('hears nobody before an address is agreed', () => {
    expect(new RemotePin('source').accepts(AGREED)).toBe(false);
  });

  it('hears the agreed address at once and nobody else afterwards', () => {
    const pin = new RemotePin('source');
    pin.agree(AGREED);

    expect(pin.accepts(AGREED)).toBe(true);
    expect(heard(pin, [...times(20, OTHER_PORT), ...times(20, OTHER_HOST)])).not.toContain(true);
    expect(pin.target).toEqual(AGREED);
  });

  it('believes another port of the agreed host after five packets in a row', () => {
    const pin = new RemotePin('port');
    pin.agree(AGREED);

    expect(heard(pin, times(6, OTHER_PORT))).toEqual([false, false, false, false, true, true]);
    expect(pin.target).toEqual(OTHER_PORT);
    expect(pin.accepts({ ...AGREED, port: 5002 })).toBe(false);
  });

  it('comes back to the agreed address whenever that is heard', () => {
    const pin = new RemotePin('port');
    pin.agree(AGREED);
    heard(pin, times(5, OTHER_PORT));

    expect(heard(pin, [AGREED, OTHER_PORT, AGREED])).toEqual([true, false, true]);
    expect(pin.target).toEqual(AGREED);
  });

  it('does not fall back to where the peer was while packets from there are still on their way', () => {
    const pin = new RemotePin('port');
    pin.agree(AGREED);
    pin.accepts(AGREED);

    pin.agree(OTHER_PORT);

    expect(heard(pin, times(40, AGREED))).not.toContain(true);
    expect(heard(pin, [OTHER_PORT, AGREED])).toEqual([true, false]);
  });

  it('follows a peer that goes on sending from where it was, after a second', () => {
    const pin = new RemotePin('port');
    pin.agree(AGREED);
    heard(pin, times(5, OTHER_PORT));

    pin.agree({ ...AGREED, port: 4444 });

    expect(heard(pin, times(51, OTHER_PORT)).indexOf(true)).toBe(49);
  });

  it('prefers the agreed address while it is still deciding', () => {
    const pin = new RemotePin('port');
    pin.agree(AGREED);

    heard(pin, times(4, OTHER_PORT));

    expect(pin.accepts(AGREED)).toBe(true);
    expect(pin.accepts(OTHER_PORT)).toBe(false);
  });

  it('starts counting anew when somebody else talks in between', () => {
    const pin = new RemotePin('port');
    pin.agree(AGREED);

    const sources = [
      ...times(4, OTHER_PORT),
      { ...OTHER_PORT, port: 5002 },
      ...times(4, OTHER_PORT),
    ];

    expect(heard(pin, sources)).not.toContain(true);
  });

  it('never believes another host unless told to', () => {
    const strict = new RemotePin('port');
    const lenient = new RemotePin('source');
    strict.agree(AGREED);
    lenient.agree(AGREED);

    expect(heard(strict, times(50, OTHER_HOST))).not.toContain(true);
    expect(heard(lenient, times(5, OTHER_HOST)).at(-1)).toBe(true);
  });

  it('decides anew for a new address and not for the same one again', () => {
    const pin = new RemotePin('port');
    pin.agree(AGREED);
    heard(pin, times(5, OTHER_PORT));

    pin.agree(AGREED);
    expect(pin.accepts(OTHER_PORT)).toBe(true);
    pin.agree(OTHER_HOST);

    expect(pin.accepts(OTHER_PORT)).toBe(false);
    expect(pin.target).toEqual(OTHER_HOST);
  });
});
