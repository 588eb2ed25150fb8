import { headerProblems } from '#domain';
import { BugError } from '#foundation';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRequest, fromHeader, reasonHeaders } from './invite-headers.ts';

describe('From', () => {
  it.each([
    { name: 'nothing', from: {}, header: '<sip:localhost>' },
    { name: 'a user', from: { user: 'bob' }, header: '<sip:bob@localhost>' },
    { name: 'an empty user', from: { user: '' }, header: '<sip:localhost>' },
    {
      name: 'everything',
      from: { user: '+4930', displayName: 'Studio 1', domain: 'sip.test:5070' },
      header: '"Studio 1" <sip:+4930@sip.test:5070>',
    },
    { name: 'IPv6', from: { user: 'a', domain: '[::1]:5060' }, header: '<sip:a@[::1]:5060>' },
    {
      name: 'quotes and backslashes',
      from: { displayName: 'a"b\\c' },
      header: '"a\\"b\\\\c" <sip:localhost>',
    },
    {
      name: 'a user who would leave the address',
      from: { user: 'a@b>;tag=1 %' },
      header: '<sip:a%40b%3E%3Btag=1%20%25@localhost>',
    },
    {
      name: 'letters beyond ASCII',
      from: { user: 'é', displayName: 'Café' },
      header: '"Café" <sip:%C3%A9@localhost>',
    },
  ])('from $name', ({ from, header }) => {
    expect(fromHeader(from, 'sip')).toBe(header);
  });

  it('follows the scheme of the address', () => {
    expect(fromHeader({ user: 'a' }, 'sips')).toBe('<sips:a@localhost>');
  });

  it('is one header with one address, or a bug of ours, for any texts', () => {
    const text = fc.option(fc.string({ unit: 'binary', maxLength: 300 }), { nil: undefined });
    const host = fc.oneof(text, fc.domain());
    fc.assert(
      fc.property(text, text, host, (user, displayName, domain) => {
        const from = {
          ...(user === undefined ? {} : { user }),
          ...(displayName === undefined ? {} : { displayName }),
          ...(domain === undefined ? {} : { domain }),
        };
        let header: string;
        try {
          header = fromHeader(from, 'sip');
        } catch (error) {
          expect(error).toBeInstanceOf(BugError);
          return;
        }

        expect(header).toMatch(
          /^(?:"(?:[^"\\\p{Cc}]|\\["\\])*" )?<sip:[^<>"@\s\p{Cc}]*@?[^<>"@\s\p{Cc}]+>$/u,
        );
      }),
      { numRuns: 500 },
    );
  });
});

it('takes as many headers of the client as the API does, whatever is in them', () => {
  const value = '"'.repeat(500);
  const headers = Object.fromEntries(Array.from('abcdefgh', (name) => [`X-${name}`, value]));

  expect(headerProblems(headers)).toEqual([]);
  checkRequest({
    ...{ to: `sip:${'a'.repeat(251)}`, from: { displayName: '\u4e2d'.repeat(128) }, headers },
    ...{ sdpOffer: `v=0${'x'.repeat(500)}`, ringTimeoutMs: 1000 },
  });
});

describe('Reason', () => {
  it('is left out when there is none', () => {
    expect(reasonHeaders(undefined)).toEqual({});
  });

  it('is quoted and one line', () => {
    expect(reasonHeaders('a"b\r\nX: 1')).toEqual({ Reason: 'Q.850;cause=16;text="a\\"b X: 1"' });
  });
});
