import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { createCallSchema } from '#contracts';
import type { Call } from '#sdk';
import { codeOf, curlOf, requestOf } from './place-again.ts';

const output = (id: string, more: Partial<Call['outputs'][number]> = {}) =>
  ({
    ...{ id, url: 'rtmp://live.example.com/app', streamKey: 'se…et', role: 'primary' },
    ...{ backupOf: null },
    ...more,
  }) as Call['outputs'][number];

const call = {
  ...{ id: 'call-1', to: "sip:o'brien;$(id)@example.com", trunk: null, priority: 0, metadata: {} },
  ...{ redial: null, from: { user: null, displayName: null, domain: null } },
  media: { direction: 'sendrecv', path: null, codecs: ['PCMU', 'opus'], srtp: 'off' },
  limits: { ringSeconds: 60, maxSeconds: 3_600 },
  outputs: [output('out-1')],
} as unknown as Call;

describe('a call placed again', () => {
  it('goes where it went, without what is secret', () => {
    expect(
      requestOf({
        ...call,
        ...{ trunk: 'carrier', priority: 5, metadata: { show: 'news' } },
        from: { user: 'studio', displayName: null, domain: null },
        redial: { attempts: 2, backoffSeconds: [5], on: ['SIP_BUSY'] },
        outputs: [
          output('out-1'),
          output('out-2', { role: 'backup', backupOf: 'out-1', url: 'rtmp://b.example.com/app' }),
          output('out-3', { url: 'file:show', streamKey: '' }),
        ],
      }),
    ).toEqual({
      ...{ to: "sip:o'brien;$(id)@example.com", trunk: 'carrier', priority: 5 },
      from: { user: 'studio' },
      redial: { attempts: 2, backoffSeconds: [5], on: ['SIP_BUSY'] },
      media: { direction: 'sendrecv', srtp: 'off', audio: { codecs: ['PCMU', 'opus'] } },
      limits: { ringSeconds: 60, maxSeconds: 3_600 },
      outputs: [
        {
          ...{ url: 'rtmp://live.example.com/app', streamKey: 'YOUR_STREAM_KEY' },
          backup: { url: 'rtmp://b.example.com/app', streamKey: 'YOUR_STREAM_KEY' },
        },
        { url: 'file:show' },
      ],
      metadata: { show: 'news' },
    });
  });

  it('is taken by the API', () => {
    const redial = { attempts: 2, backoffSeconds: [5], on: ['SIP_BUSY'] } as const;

    const request = requestOf({ ...call, to: 'sip:room@example.com', redial });

    expect(createCallSchema.safeParse(request).error).toBeUndefined();
  });

  it('is a command line that a shell reads as it is meant', () => {
    const script = `curl() { printf '%s\\0' "$@"; }; CALLCAST_API_KEY=key; ${curlOf(call, 'https://callcast.example.com')}`;

    const words = execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0');

    expect(words.slice(0, 3)).toEqual(['-X', 'POST', 'https://callcast.example.com/v1/calls']);
    expect(words).toContain('Authorization: Bearer key');
    expect(JSON.parse(words[words.indexOf('-d') + 1] ?? '')).toEqual(requestOf(call));
  });

  it('is code', () => {
    expect(codeOf(call, 'https://callcast.example.com')).toContain(
      'new Callcast({ url: "https://callcast.example.com", apiKey })',
    );
  });
});
