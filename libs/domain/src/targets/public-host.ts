import { ipAddressBytes } from '#foundation';
import { refusalOfAddress } from './public-address.ts';

/** Names that mean this machine or its neighbours; so does a name without a dot. */
const LOCAL_NAME = /(?:^|\.)(?:localhost|localdomain|local|internal|home\.arpa)$/;

/** The host as a resolver will read it: `127.1`, `0x7f.1` and `%6c` are written out; undefined for what is none. */
export function plainHost(host: string): string | undefined {
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
