import { recordingName, sipUriParts } from '#contracts';
import type { CreateCall, OutputRequest } from '#contracts';
import { refusalOfHost } from '#domain';
import type { TrunkSettings } from '#domain';
import { placedTargets } from './output-target.ts';
import { registrarOf } from './registrar-of.ts';
import { Rejection } from '../http/rejection.ts';
import type { FieldError } from '../http/rejection.ts';

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
export interface PlacedHosts {
  readonly path: string;
  readonly hosts: readonly string[];
}

/** Where a request leads. */
export interface Destinations {
  readonly sip?: readonly PlacedHosts[];
  readonly rtmp?: readonly PlacedHosts[];
}

/** A bare user goes to its trunk, which was checked when it was made. */
const isSipUri = (to: string): boolean => sipUriParts(to) !== undefined;

/** Where a call leads. */
export function callDestinations(request: CreateCall): Required<Destinations> {
  const registrar = registrarOf(request);
  const sip = [
    { path: 'to', hosts: isSipUri(request.to) ? sipHosts(request.to) : [] },
    {
      path: 'outboundProxy',
      hosts: request.outboundProxy === undefined ? [] : sipHosts(request.outboundProxy),
    },
    {
      path: request.registrar === undefined ? 'from.domain' : 'registrar',
      hosts: registrar === undefined ? [] : sipHosts(registrar),
    },
  ];
  return { sip, rtmp: outputHosts(request.outputs, 'outputs') };
}

/** Where the trunk of a call leads. */
export function trunkDestinations(
  { domain, outboundProxy, registrar }: TrunkSettings,
  path?: string,
): PlacedHosts[] {
  return [
    { path: path ?? 'domain', hosts: [domain] },
    { path: path ?? 'outboundProxy', hosts: outboundProxy === null ? [] : sipHosts(outboundProxy) },
    { path: path ?? 'registrar', hosts: registrar === null ? [] : sipHosts(registrar) },
  ];
}

/** Where outputs lead. @param listPath Empty for a request that is one output. */
export const outputHosts = (outputs: readonly OutputRequest[], listPath: string): PlacedHosts[] =>
  placedTargets(outputs, listPath).map(({ path, request: { url } }) => ({
    path: path === '' ? 'url' : `${path}.url`,
    hosts: recordingName(url) === undefined ? [new URL(url).hostname] : [],
  }));

/** @throws Rejection TARGET_REFUSED when an address lies in a network that calls must not reach. */
export function refuseLocal(targets: readonly PlacedHosts[]): void {
  const refused = targets.flatMap(({ path, hosts }): FieldError[] => {
    const reason = hosts.map(refusalOfHost).find((text) => text !== undefined);
    return reason === undefined ? [] : [{ path, message: `${reason}; targets must be public` }];
  });
  if (refused.length > 0) throw new Rejection('TARGET_REFUSED', refused);
}
