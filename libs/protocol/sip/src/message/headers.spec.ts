import { describe, expect, it } from 'vitest';
import { BugError } from '#foundation';
import { SipHeaders } from './headers.ts';

function viaHeaders(): SipHeaders {
  return new SipHeaders([
    ['Via', 'one'],
    ['from', 'me'],
    ['VIA', 'two'],
    ['X-Last', 'z'],
  ]);
}

describe('SipHeaders', () => {
  it('finds lines without regard to case, top to bottom', () => {
    const headers = viaHeaders();

    expect(headers.get('via')).toBe('one');
    expect(headers.getAll('Via')).toEqual(['one', 'two']);
    expect(headers.has('FROM')).toBe(true);
    expect(headers.get('To')).toBeUndefined();
    expect(headers.getAll('To')).toEqual([]);
  });

  it('keeps names and order as given', () => {
    expect([...viaHeaders().entries()].map(([name]) => name)).toEqual([
      'Via',
      'from',
      'VIA',
      'X-Last',
    ]);
  });

  it('set replaces all lines of a name in the place of the first', () => {
    const headers = viaHeaders().set('via', 'only').set('New', 'last');

    expect([...headers.entries()]).toEqual([
      ['via', 'only'],
      ['from', 'me'],
      ['X-Last', 'z'],
      ['New', 'last'],
    ]);
  });

  it('prepends above, removes all, and an empty value is still there', () => {
    const headers = viaHeaders().prepend('Via', 'zero').remove('from').append('Subject', '');

    expect(headers.getAll('Via')).toEqual(['zero', 'one', 'two']);
    expect(headers.has('From')).toBe(false);
    expect(headers.get('Subject')).toBe('');
  });

  it('a clone lives its own life', () => {
    const headers = viaHeaders();
    const copy = headers.clone().remove('Via');
    headers.append('After', 'x');

    expect(headers.getAll('Via')).toHaveLength(2);
    expect(copy.has('Via')).toBe(false);
    expect(copy.has('After')).toBe(false);
  });

  it('takes spaces off the ends of a value and nothing else', () => {
    const headers = new SipHeaders([['Subject', ' \t \u{FEFF}a  b\u00A0 ']]);

    expect(headers.get('Subject')).toBe('\u{FEFF}a  b\u00A0');
  });

  it.each([
    ['Subject', 'a\r\nX-Injected: b'],
    ['Subject', 'a\nb'],
    ['Subject', 'a\rb'],
    ['Sub ject', 'a'],
    ['', 'a'],
    ['A:b', 'a'],
  ])('refuses %j: %j as a bug of the caller', (name, value) => {
    expect(() => new SipHeaders().append(name, value)).toThrow(BugError);
    expect(() => new SipHeaders().set(name, value)).toThrow(BugError);
    expect(() => new SipHeaders().prepend(name, value)).toThrow(BugError);
  });
});
