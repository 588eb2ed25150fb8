import { ipAddressBytes } from '#foundation';
import { refusalOfAddress } from './public-address.ts';

/** Names that mean this machine or its neighbours; so does a name without a dot. */
const LOCAL_NAME = /(?:^|\.)(?:localhost|localdomain|local|internal|home\.arpa)$/;

/** A name that means itself: in lower case, not encoded, and with letters behind its last dot, so that it is no address. */
const PLAIN_NAME = /^(?:[a-z0-9-]{1,63}\.){1,10}[a-z]{1,63}$/;

/** The host as a resolver will read it: `127.1`, `0x7f.1` and `%6c` are written out; undefined for what is none. */
export function plainHost(host: string): string | undefined {
  // Names in another script are `xn--`, and not all of them are names.
  if (PLAIN_NAME.test(host) && !host.includes('xn--')) return host;
  const asUrl = `http://${host}/`;
  if (!URL.canParse(asUrl)) return undefined;
  const name = new URL(asUrl).hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '');
  return name === '' ? undefined : name;
}

/** Why a host may not be a target when targets must be public, or undefined when it may. Names are not resolved here. */
export function refusalOfHost(host: string): string | undefined {
  const name = plainHost(host);
  if (name === undefined) return 'is not a usable host';
  if (ipAddressBytes(name) !== undefined) return refusalOfAddress(name);
  if (LOCAL_NAME.test(name) || !name.includes('.')) return 'is a name of the local network';
  return undefined;
}
