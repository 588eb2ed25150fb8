import type { DialRequest } from '#domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RedirectTrail } from './redirect-trail.ts';

const REQUEST: DialRequest = {
  to: 'sip:bob@pbx.example.com',
  from: { domain: 'Studio.example.org' },
  outboundProxy: 'sip:edge.example.net:5070;lr',
  sdpOffer: 'v=0',
  ringTimeoutMs: 1000,
};

const trail = (change: Partial<DialRequest> = {}): RedirectTrail =>
  new RedirectTrail({ ...REQUEST, ...change });

/** Every address that is tried when each of them refuses. */
function allOf(from: RedirectTrail, contact: string): string[] {
  const found: string[] = [];
  for (let at = from.next(302, contact); at !== undefined; at = from.next(486, undefined)) {
    found.push(at);
  }
  return found;
}

describe('a redirect is followed', () => {
  it.each([
    ['to the host of the address', '<sip:bob@pbx.example.com:5080>'],
    ['below it', '<sip:bob@a.b.pbx.example.com>'],
    ['to the host of the address, without regard to case', '<sip:bob@PBX.example.COM.:5080>'],
    ['to the host of the outbound proxy', '<sip:bob@edge.example.net;transport=tcp>'],
    ['to sips', '<sips:bob@pbx.example.com>'],
    ['to another user of the same host', '<sip:carol@pbx.example.com>'],
  ])('%s', (_what, contact) => {
    const followed = trail();

    expect(followed.next(302, contact)).toBe(contact.slice(1, -1));
    expect(followed.remark).toBeUndefined();
  });

  it('in the order of preference, the given order among equals', () => {
    const contact =
      '<sip:a@pbx.example.com>;q=0.2, "B, the 2nd" <sip:b@pbx.example.com>;q=0.9,' +
      '<sip:c@pbx.example.com>, <sip:d@pbx.example.com>;q=0.9;expires=0, <sip:e@pbx.example.com>;q=7';

    expect(allOf(trail(), contact).map((uri) => uri[4])).toEqual(['c', 'b', 'd', 'a', 'e']);
  });

  it('without the password, the method and the headers in its address', () => {
    const contact = '<sip:bob:pw@pbx.example.com:5080;method=REFER;transport=tcp?Route=x>';

    expect(trail().next(300, contact)).toBe('sip:bob@pbx.example.com:5080;transport=tcp');
  });

  it('five times at most', () => {
    const contact = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
      .map((user) => `<sip:${user}@pbx.example.com>`)
      .join();
    const followed = trail();

    expect(allOf(followed, contact)).toHaveLength(5);
    expect(followed.remark).toContain('sip:f@pbx.example.com: 5 addresses were tried');
  });

  it('by a further redirect, before the rest of the first', () => {
    const followed = trail();
    followed.next(302, '<sip:a@pbx.example.com>;q=0.5, <sip:z@pbx.example.com>;q=0.1');

    expect(followed.next(302, '<sip:b@pbx.example.com>')).toBe('sip:b@pbx.example.com');
    expect(followed.next(404, undefined)).toBe('sip:z@pbx.example.com');
  });
});

describe('a redirect is not followed', () => {
  const OUTSIDE = 'outside the domains of the call';
  it.each([
    ['elsewhere', '<sip:bob@evil.test>', OUTSIDE],
    ['to a name that only ends alike', '<sip:bob@evilpbx.example.com>', OUTSIDE],
    ['to the domain above', '<sip:bob@example.com>', OUTSIDE],
    ['to an address', '<sip:bob@192.0.2.1>', OUTSIDE],
    ['past the host', '<sip:bob@pbx.example.com;maddr=192.0.2.1>', 'past its host'],
    ['past the host in disguise', '<sip:bob@pbx.example.com;%6daddr=192.0.2.1>', 'past its host'],
    ['to a name with an empty label', '<sip:bob@.pbx.example.com>', 'no SIP address'],
    ['to a telephone', '<tel:+4930123456>', 'no SIP address'],
    ['to a web page', '<https://pbx.example.com/>', 'no SIP address'],
    ['to anywhere', '*', 'no SIP address'],
    ['to what cannot be read', '<sip:bob@pbx.example.com', 'no SIP address'],
    ['to a field mark', '<sip:a|b@pbx.example.com>', 'cannot be dialled'],
    ['to a very long address', `<sip:${'b'.repeat(300)}@pbx.example.com>`, 'cannot be dialled'],
    ['to where it came from', '<sip:bob@PBX.example.com.>', 'tried before'],
    ['to nowhere', undefined, 'names no address'],
    ['to nothing', ' , ', 'names no address'],
  ])('%s', (_what, contact, remark) => {
    const refused = trail();

    expect(refused.next(302, contact)).toBeUndefined();
    expect(refused.remark).toContain(remark);
  });

  it('elsewhere says where', () => {
    const refused = trail();
    refused.next(302, '"x" <sip:bob:secret@evil.test:5099;transport=tcp?Subject=y>;q=1');

    expect(refused.remark).toBe(
      'not followed to sip:bob@evil.test:5099;transport=tcp: it lies outside the domains of the call',
    );
  });

  it.each([
    ['sips:bob@pbx.example.com', '<sip:a@pbx.example.com>'],
    ['sips:bob@pbx.example.com', '<sip:a@pbx.example.com;transport=tcp>'],
    ['sip:bob@pbx.example.com;transport=TLS', '<sip:a@pbx.example.com>'],
  ])('from %s to %s', (to, contact) => {
    const refused = trail({ to });

    expect(refused.next(302, contact)).toBeUndefined();
    expect(refused.remark).toContain('not encrypted');
    expect(refused.next(302, '<sips:a@pbx.example.com>')).toBe('sips:a@pbx.example.com');
  });

  it.each([305, 380])('%i', (status) => {
    const refused = trail();

    expect(refused.next(status, '<sip:bob@edge.example.net>')).toBeUndefined();
    expect(refused.remark).toContain('sip:bob@edge.example.net: ');
  });

  it('below an address or a name of one label', () => {
    const onLocal = trail({ to: 'sip:bob@127.0.0.1', outboundProxy: 'sip:localhost' });

    expect(onLocal.next(302, '<sip:bob@evil.127.0.0.1>')).toBeUndefined();
    expect(onLocal.next(302, '<sip:bob@evil.localhost>')).toBeUndefined();
    expect(onLocal.next(302, '<sip:bob@127.0.0.1:5999>')).toBe('sip:bob@127.0.0.1:5999');
  });

  it('after a refusal by everybody (6xx)', () => {
    const followed = trail();
    followed.next(302, '<sip:a@pbx.example.com>, <sip:b@pbx.example.com>');

    expect(followed.next(603, undefined)).toBeUndefined();
  });

  it.each(['127.0.0.1', '10.1.2.3', 'db.internal', 'studio.example.org'])(
    'to %s because From says so: nobody has checked that as a target',
    (domain) => {
      const refused = trail({ from: { domain } });

      expect(refused.next(302, `<sip:bob@${domain}>`)).toBeUndefined();
      expect(refused.remark).toContain('outside the domains of the call');
    },
  );

  it('in a circle', () => {
    const followed = trail();
    followed.next(302, '<sip:a@pbx.example.com>');

    expect(
      followed.next(302, '<sip:bob@pbx.example.com>, <sip:a@pbx.example.com>'),
    ).toBeUndefined();
    expect(followed.remark).toContain('tried before');
  });
});

it('whatever a redirect says, what is followed is an address of the call that can be dialled', () => {
  const own = fc.constantFrom(
    ...[
      '<',
      '>',
      'sip:',
      'sips:',
      'bob@',
      'pbx.example.com',
      '.',
      ':5060',
      ';maddr=',
      ';q=',
      ',',
      '?',
    ],
    ...['"', '%', ';', '@evil.test', 'transport=tcp', '*', ' ', '[::1]'],
  );
  const contact = fc
    .array(fc.oneof({ arbitrary: own, weight: 9 }, fc.string({ unit: 'binary', maxLength: 5 })))
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(contact, fc.integer({ min: 300, max: 399 }), (text, status) => {
      const uri = trail().next(status, `<sip:a@${text}>,${text}`);

      expect(uri ?? 'sip:pbx.example.com').toMatch(
        /^sips?:(?:[^\s<>"|@]+@)?(?:[\w-]+\.)*(?:pbx\.example\.com|edge\.example\.net)\.?(?::\d+)?(?:;|$)/i,
      );
      expect(uri ?? '').not.toContain('maddr');
    }),
    { numRuns: 1000 },
  );
});
