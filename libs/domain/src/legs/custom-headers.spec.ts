import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headerProblems } from './custom-headers.ts';

const many = (count: number, value = '1'): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`X-H${index}`, value]));

describe('headers that may be set', () => {
  it.each([
    { 'X-Show': 'Morgenmagazin ☕' },
    { 'x-twilio-callsid': 'CA1' },
    { 'P-Asserted-Identity': '"Studio" <sip:+4930@example.com>' },
    { Privacy: 'id', Diversion: '<sip:a@example.com>;reason=unconditional' },
    { 'User-to-User': '56a390f3d2b7310023a2;encoding=hex', subject: 'a|b' },
    many(16),
    { 'X-Long': 'x'.repeat(512) },
  ])('%j', (headers) => {
    expect(headerProblems(headers)).toEqual([]);
  });
});

describe('headers of the stack', () => {
  it.each(
    (
      'Via From To Contact Call-ID CSeq Route Record-Route Max-Forwards Authorization Proxy-Authorization ' +
      'Content-Type Content-Length Content-Disposition Supported Require Proxy-Require Allow Session-Expires Min-SE ' +
      'User-Agent Reason Replaces RSeq v f t m i l c e k s'
    ).split(' '),
  )('%s may not be set', (name) => {
    const [found] = headerProblems({ [name]: 'x' });

    expect(found?.name).toBe(name);
    expect(found?.problem).toContain('is not a header that may be set');
  });
});

describe('a header is refused by its name', () => {
  it.each([
    ['a line end in the name', { 'X-A\r\nVia': 'x' }, 'may be set'],
    ['a colon in the name', { 'X-A:': 'x' }, 'may be set'],
    ['an encoded line end in the name', { 'x-a%0d%0aRoute%3a': 'x' }, 'may be set'],
    ['a space in the name', { 'X A': 'x' }, 'may be set'],
    ['nothing behind X-', { 'X-': 'x' }, 'may be set'],
    ['a letter beyond ASCII in the name', { 'X-É': 'x' }, 'may be set'],
    ['a name of 65 characters', { [`X-${'a'.repeat(63)}`]: 'x' }, '64 characters'],
    ['a line end', { 'X-A': 'x\r\nVia: y' }, 'one line'],
    ['a bare line feed', { 'X-A': 'x\ny' }, 'one line'],
    ['a zero', { 'X-A': 'x\0' }, 'one line'],
    ['a C1 control', { 'X-A': 'x\u0085y' }, 'one line'],
    ['a line separator', { 'X-A': 'x\u2028y' }, 'one line'],
    ['half a character', { 'X-A': 'x\ud800y' }, 'one line'],
    ['nothing', { 'X-A': '' }, 'empty'],
    ['spaces', { 'X-A': '  ' }, 'empty'],
    ['a space in front', { 'X-A': ' x' }, 'white space'],
    ['513 characters', { 'X-A': 'x'.repeat(513) }, '512 characters'],
    ['the same name twice', { 'X-A': 'x', 'x-a': 'y' }, 'twice'],
    ['a seventeenth', many(17), '16 headers'],
    ['too much together', many(16, 'é'.repeat(200)), '4096 bytes'],
  ])('with %s', (_what, headers, problem) => {
    const [found] = headerProblems(headers);

    expect(Object.keys(headers)).toContain(found?.name);
    expect(found?.problem).toContain(problem);
  });

  it('whatever it is made of: what passes is one line that is no header of the stack', () => {
    const text = fc.string({ unit: 'binary', maxLength: 30 });
    const name = fc.oneof(text, fc.constantFrom('X-A', 'Via', 'Subject', 'Route'));
    fc.assert(
      fc.property(name, text, (key, value) => {
        if (headerProblems({ [key]: value }).length > 0) return;

        expect(`${key}: ${value}`).toMatch(/^(?:X-|Subject:)[^\r\n\0]+$/i);
      }),
      { numRuns: 1000 },
    );
  });
});
