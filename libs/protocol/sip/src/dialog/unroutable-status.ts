import type { RouteProblem } from './request-sender.ts';

const STATUS: Readonly<Record<RouteProblem | 'unknownName', readonly [number, string]>> = {
  unknownName: [503, 'DNS Error'],
  unsupportedScheme: [416, 'Unsupported URI Scheme'],
  invalidUri: [503, 'Service Unavailable'],
  transportNotAvailable: [503, 'Service Unavailable'],
  ourselves: [482, 'Loop Detected'],
};

/** Status and reason of the response that is made up for a request without a way to its next hop. */
export function unroutableStatus(
  problem: RouteProblem | 'unknownName',
): readonly [status: number, reason: string] {
  return STATUS[problem];
}
