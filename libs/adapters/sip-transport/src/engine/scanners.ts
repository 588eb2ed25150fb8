import type { SipRequest } from '#protocol/sip';

/** What tools that search the internet for open SIP servers call themselves, by default or always. */
const SCANNERS: readonly string[] = [
  'friendly-scanner',
  'friendly-request',
  'sipvicious',
  'sipcli',
  'sundayddr',
  'sip-scan',
  'sipscan',
  'siparmyknife',
  'sivus',
  'iWar',
  'pplsip',
  'smap',
  'Test Agent',
  'VaxSIPUserAgent',
  'VaxIPUserAgent',
];

/** Tells scanners from others, by User-Agent or by the name or user in From. */
export function scannerTest(
  furtherNames: readonly string[] = [],
): (request: SipRequest) => boolean {
  const names = [...SCANNERS, ...furtherNames].map((name) => name.replace(/[^\w\s]/g, '\\$&'));
  const pattern = new RegExp(`(?<!\\w)(?:${names.join('|')})(?!\\w)`, 'i');
  return ({ headers }) => {
    if (pattern.test(headers.get('User-Agent') ?? '')) return true;
    const [caller = ''] = (headers.get('From') ?? '').split('@', 1);
    return pattern.test(caller);
  };
}
