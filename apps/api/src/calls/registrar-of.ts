import { sipUriParts } from '#contracts';
import type { CreateCall } from '#contracts';

/** Host of the address-of-record: that of From, or of the address that is dialled. */
export const domainOf = ({ from, to }: Pick<CreateCall, 'from' | 'to'>): string | undefined =>
  from.domain ?? sipUriParts(to)?.host;

/**
 * Where the address of a call is to be registered; undefined for nowhere. Unless it is given, that is the domain of the
 * address-of-record, with port and transport of the dialled address where they are of the same host.
 */
export function registrarOf(request: CreateCall): string | undefined {
  const { register, registrar, to } = request;
  const target = sipUriParts(to);
  if (!register || registrar !== undefined || target === undefined) return registrar;
  const { scheme, host, port } = target;
  const domain = domainOf(request) ?? host;
  if (domain.toLowerCase() !== host.toLowerCase()) return `${scheme}:${domain}`;
  const transport = /;transport=[\w-]+/i.exec(to)?.[0] ?? '';
  return `${scheme}:${host}${port === undefined ? '' : `:${port}`}${transport}`;
}
