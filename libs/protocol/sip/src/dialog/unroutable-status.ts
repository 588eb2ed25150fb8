import type { LookupProblem, RouteProblem } from '../location/route-finder.ts';

const STATUS: Readonly<Record<RouteProblem | LookupProblem, readonly [number, string]>> = {
  unknownName: [503, 'DNS Error'],
  nameServersFailed: [503, 'Name Servers Failed'],
  unsupportedScheme: [416, 'Unsupported URI Scheme'],
  invalidUri: [503, 'Service Unavailable'],
  transportNotAvailable: [503, 'Service Unavailable'],
  ourselves: [482, 'Loop Detected'],
};

/** Status and reason of the response that is made up for a request without a way to its next hop. */
export function unroutableStatus(
  problem: RouteProblem | LookupProblem,
): readonly [status: number, reason: string] {
  return STATUS[problem];
}
