import { recordingName, sipUriParts } from '#contracts';
import type { CreateCall, OutputRequest } from '#contracts';
import { refusalOfHost } from '#domain';
import { placedTargets } from './output-target.ts';
import { registrarOf } from './registrar-of.ts';
import { Rejection } from '../http/rejection.ts';
import type { FieldError } from '../http/rejection.ts';

/** Where a SIP URI really leads: its host, and `maddr`, which overrules it (RFC 3261 section 19.1.1). */
export function sipHosts(uri: string): string[] {
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

/** A bare user goes to its trunk, which was checked when it was made. */
const isSipUri = (to: string): boolean => sipUriParts(to) !== undefined;

/** @throws Rejection TARGET_REFUSED when an address lies in a network that calls must not reach. */
export function checkTargets(request: CreateCall): void {
  const registrar = registrarOf(request);
  refuseLocal([
    { path: 'to', hosts: isSipUri(request.to) ? sipHosts(request.to) : [] },
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

/** @throws Rejection TARGET_REFUSED. */
export function refuseLocal(targets: readonly PlacedHosts[]): void {
  const refused = targets.flatMap(({ path, hosts }): FieldError[] => {
    const reason = hosts.map(refusalOfHost).find((text) => text !== undefined);
    return reason === undefined ? [] : [{ path, message: `${reason}; targets must be public` }];
  });
  if (refused.length > 0) throw new Rejection('TARGET_REFUSED', refused);
}
