import { BlockList, isIP } from 'node:net';
import { sipUriParts } from '#contracts';
import type { CreateCall } from '#contracts';
import { registrarOf } from './registrar-of.ts';
import { Rejection } from '../http/rejection.ts';
import type { FieldError } from '../http/rejection.ts';

/** Networks that are not the public Internet (RFC 6890 and what can stand for them in IPv6). */
const NOT_PUBLIC: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['224.0.0.0', 4, 'ipv4'],
  ['240.0.0.0', 4, 'ipv4'],
  ['::', 96, 'ipv6'],
  ['64:ff9b::', 96, 'ipv6'],
  ['64:ff9b:1::', 48, 'ipv6'],
  ['2001::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 9, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
];
const notPublic = new BlockList();
for (const [network, prefix, family] of NOT_PUBLIC) notPublic.addSubnet(network, prefix, family);

/** Names that mean this machine or its neighbours; so does a name without a dot. */
const LOCAL_NAME = /(?:^|\.)(?:localhost|localdomain|local|internal|home\.arpa)$/;

/** The host as a resolver will read it: `127.1`, `0x7f.1` and `%6c` are written out. */
function plainHost(host: string): string | undefined {
  const asUrl = `http://${host}/`;
  if (!URL.canParse(asUrl)) return undefined;
  const name = new URL(asUrl).hostname.replace(/^\[|\]$/g, '');
  return name.replace(/\.+$/, '');
}

/** Why a host may not be a target, or undefined when it may. Names are not resolved here. */
export function refusalOf(host: string): string | undefined {
  const name = plainHost(host);
  if (name === undefined || name === '') return 'is not a usable host';
  const version = isIP(name);
  if (version !== 0) {
    const isRefused = notPublic.check(name, version === 4 ? 'ipv4' : 'ipv6');
    return isRefused ? 'is a private, local or reserved address' : undefined;
  }
  if (LOCAL_NAME.test(name) || !name.includes('.')) return 'is a name of the local network';
  return undefined;
}

/** Where a SIP URI really leads: its host, and `maddr`, which overrules it (RFC 3261 section 19.1.1). */
function sipHosts(uri: string): string[] {
  const host = sipUriParts(uri)?.host ?? '';
  const parameters = uri.slice(uri.indexOf(host) + host.length);
  const plain = parameters.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  const overrules = [...plain.matchAll(/;maddr=([^;]*)/gi)].map(([, value]) => value ?? '');
  return [host, ...overrules];
}

/** @throws Rejection TARGET_REFUSED when an address lies in a network that calls must not reach. */
export function checkTargets(request: CreateCall): void {
  const registrar = registrarOf(request);
  const targets: readonly { path: string; hosts: readonly string[] }[] = [
    { path: 'to', hosts: sipHosts(request.to) },
    {
      path: 'outboundProxy',
      hosts: request.outboundProxy === undefined ? [] : sipHosts(request.outboundProxy),
    },
    {
      path: request.registrar === undefined ? 'from.domain' : 'registrar',
      hosts: registrar === undefined ? [] : sipHosts(registrar),
    },
    ...request.outputs.map((output, index) => ({
      path: `outputs.${index}.url`,
      hosts: [new URL(output.url).hostname],
    })),
  ];
  const refused = targets.flatMap(({ path, hosts }): FieldError[] => {
    const reason = hosts.map(refusalOf).find((text) => text !== undefined);
    return reason === undefined ? [] : [{ path, message: `${reason}; targets must be public` }];
  });
  if (refused.length > 0) throw new Rejection('TARGET_REFUSED', refused);
}
