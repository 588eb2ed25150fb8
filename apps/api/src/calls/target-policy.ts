import { isIP } from 'node:net';
import { recordingName, sipUriParts } from '#contracts';
import type { CreateCall, OutputRequest } from '#contracts';
import { refusalOfAddress } from '#domain';
import { placedTargets } from './output-target.ts';
import { registrarOf } from './registrar-of.ts';
import { Rejection } from '../http/rejection.ts';
import type { FieldError } from '../http/rejection.ts';

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
  if (isIP(name) !== 0) return refusalOfAddress(name);
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

/** Hosts that a field of a request leads to. */
interface PlacedHosts {
  readonly path: string;
  readonly hosts: readonly string[];
}

/** @throws Rejection TARGET_REFUSED when an address lies in a network that calls must not reach. */
export function checkTargets(request: CreateCall): void {
  const registrar = registrarOf(request);
  refuseLocal([
    { path: 'to', hosts: sipHosts(request.to) },
    {
      path: 'outboundProxy',
      hosts: request.outboundProxy === undefined ? [] : sipHosts(request.outboundProxy),
    },
    {
      path: request.registrar === undefined ? 'from.domain' : 'registrar',
      hosts: registrar === undefined ? [] : sipHosts(registrar),
    },
    ...outputHosts(request.outputs, 'outputs'),
  ]);
}

/** The same for a request that is one output. @throws Rejection TARGET_REFUSED. */
export function checkOutputTargets(request: OutputRequest): void {
  refuseLocal(outputHosts([request], ''));
}

/** The same for one target. @throws Rejection TARGET_REFUSED. */
export function checkTargetUrl(url: string): void {
  refuseLocal([{ path: 'url', hosts: [new URL(url).hostname] }]);
}

const outputHosts = (outputs: readonly OutputRequest[], listPath: string): PlacedHosts[] =>
  placedTargets(outputs, listPath).map(({ path, request: { url } }) => ({
    path: path === '' ? 'url' : `${path}.url`,
    hosts: recordingName(url) === undefined ? [new URL(url).hostname] : [],
  }));

function refuseLocal(targets: readonly PlacedHosts[]): void {
  const refused = targets.flatMap(({ path, hosts }): FieldError[] => {
    const reason = hosts.map(refusalOf).find((text) => text !== undefined);
    return reason === undefined ? [] : [{ path, message: `${reason}; targets must be public` }];
  });
  if (refused.length > 0) throw new Rejection('TARGET_REFUSED', refused);
}
