import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../errors/catalog.ts';
import { adviceFor } from './target-advice.ts';
import type { TargetProblem } from './target-advice.ts';

const PROBLEM: TargetProblem = {
  code: 'RTMP_LOST',
  secure: false,
  platform: 'generic',
  isResolved: true,
  hasLogin: false,
};

describe('advice for a target that does not take the stream', () => {
  it.each<[string, Partial<TargetProblem>, RegExp]>([
    ['an unknown name', { code: 'RTMP_UNREACHABLE', isResolved: false }, /spelling/],
    ['a closed port', { code: 'RTMP_UNREACHABLE' }, /firewall/],
    ['a certificate', { code: 'RTMP_TLS', secure: true }, /CALLCAST_RTMP_CA/],
    ['silence on RTMP', { code: 'RTMP_TIMEOUT' }, /rtmps:\/\//],
    ['silence on RTMPS', { code: 'RTMP_TIMEOUT', secure: true }, /rtmp:\/\//],
    ['another protocol', { code: 'RTMP_PROTOCOL' }, /not RTMP/],
    ['a login that is missing', { code: 'RTMP_AUTH_REFUSED' }, /`username`/],
    ['a login that is wrong', { code: 'RTMP_AUTH_REFUSED', hasLogin: true }, /^Check user/],
    ['a key in use', { code: 'RTMP_KEY_IN_USE' }, /other encoder/],
    ['a key that YouTube does not know', { code: 'RTMP_REFUSED', platform: 'youtube' }, /Studio/],
    ['a server that hangs up', { code: 'RTMP_LOST', platform: 'facebook' }, /Live Producer/],
    ['a frozen server', { code: 'RTMP_STALLED' }, /stopped reading/],
  ])('%s', (_what, fields, words) => {
    expect(adviceFor({ ...PROBLEM, ...fields })).toMatch(words);
  });

  it('is a sentence for every code', () => {
    const codes: ErrorCode[] = ['RTMP_LOST', 'RTMP_STALLED', 'TARGET_REFUSED', 'INTERNAL'];

    for (const code of codes) expect(adviceFor({ ...PROBLEM, code })).toMatch(/^[A-Z].*\.$/);
  });
});
