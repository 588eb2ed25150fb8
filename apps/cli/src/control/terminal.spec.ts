import { describe, expect, it } from 'vitest';
import { ProcessTerminal, fitted, printable } from './terminal.ts';

const CLEAR = '\r\u001b[2K';

function setup(isTTY: boolean) {
  const written: string[] = [];
  const stream = (name: string) => ({
    ...{ isTTY, columns: 80 },
    write: (text: string) => void written.push(`${name}${text}`),
  });
  return { written, terminal: new ProcessTerminal(stream(''), stream('err:')) };
}

describe('the terminal', () => {
  it('keeps the line that is replaced below all others, and takes it away', () => {
    const { written, terminal } = setup(true);

    terminal.show('ringing');
    terminal.show('ringing');
    terminal.print('one');
    terminal.note('two');
    terminal.show(undefined);
    terminal.print('three');

    expect(written).toEqual([
      ...[`${CLEAR}ringing`, CLEAR, 'one\n', `${CLEAR}ringing`],
      ...[CLEAR, 'err:two\n', `${CLEAR}ringing`, CLEAR, 'three\n'],
    ]);
  });

  it('writes plain lines alone where nobody looks on', () => {
    const { written, terminal } = setup(false);

    terminal.show('ringing');
    terminal.print('one');

    expect(written).toEqual(['one\n']);
    expect(terminal.columns).toBe(undefined);
  });
});

describe('text of others', () => {
  it.each([
    ['a\u001b[31mb\r\n', 'a?[31mb??'],
    ['\u202egnp.exe', '?gnp.exe'],
    ['Zoë 研究', 'Zoë 研究'],
  ])('moves no cursor: %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('is cut where it does not fit, which shows', () => {
    expect([fitted('abcdef', 4), fitted('abcd', 4), fitted('abcd', undefined)]).toEqual([
      ...['abc…', 'abcd', 'abcd'],
    ]);
  });
});
