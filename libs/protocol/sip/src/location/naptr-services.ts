import type { TransportName } from '../transaction/transport-path.ts';
import type { NaptrRecord } from './name-service.ts';

/** A transport and the name whose SRV records tell where it is offered. */
export interface ServiceName {
  readonly transport: TransportName;
  readonly name: string;
}

const TRANSPORTS: Readonly<Record<string, TransportName>> = {
  'SIP+D2U': 'udp',
  'SIP+D2T': 'tcp',
  'SIPS+D2T': 'tls',
};

/**
 * The services that NAPTR records offer, the preferred first (RFC 3263 section 4.1). Only the lowest order that holds
 * a usable record counts (RFC 3403 section 4.1); records of other services, with other flags than `s`, or with a
 * regular expression are none of ours.
 *
 * @param isUsable Whether a transport may be used for the URI.
 */
export function offeredServices(
  records: readonly NaptrRecord[],
  isUsable: (transport: TransportName) => boolean,
): readonly ServiceName[] {
  const usable = records.flatMap((record) => {
    const transport = transportOf(record);
    return transport !== undefined && isUsable(transport) ? [{ record, transport }] : [];
  });
  const order = usable.reduce((least, { record }) => Math.min(least, record.order), Infinity);
  return usable
    .filter(({ record }) => record.order === order)
    .sort((left, right) => left.record.preference - right.record.preference)
    .map(({ record, transport }) => ({ transport, name: record.replacement }));
}

function transportOf({
  flags,
  service,
  regexp,
  replacement,
}: NaptrRecord): TransportName | undefined {
  if (flags.toLowerCase() !== 's' || regexp !== '' || !isHostName(replacement)) return undefined;
  return TRANSPORTS[service.toUpperCase()];
}

/** Whether a name from the DNS can be asked for again. A lone dot is no name. */
export const isHostName = (name: string): boolean =>
  name.length <= 253 && /^[\w-]{1,63}(?:\.[\w-]{1,63})*\.?$/.test(name);
