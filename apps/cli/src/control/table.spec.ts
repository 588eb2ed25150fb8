import { describe, expect, it } from 'vitest';
import { formatTable } from './table.ts';
import type { Column } from './table.ts';

interface Row {
  readonly id: string;
  readonly to: string;
  readonly why: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'CALL', cell: ({ id }) => id },
  { title: 'WHY', cell: ({ why }) => why, least: 4 },
  { title: 'TO', cell: ({ to }) => to, least: 6 },
];
const ROWS: readonly Row[] = [
  { id: 'call_1', to: 'sip:room@sip.example.com', why: 'SIP_BUSY' },
  { id: 'call_22', to: 'sip:a@b', why: '' },
];

describe('a table', () => {
  it('is as wide as what it holds where nobody looks on', () => {
    expect(formatTable(COLUMNS, ROWS, undefined)).toEqual([
      'CALL     WHY       TO',
      'call_1   SIP_BUSY  sip:room@sip.example.com',
      'call_22            sip:a@b',
    ]);
  });

  it('is cut where it can be, the widest first, and shows that', () => {
    expect(formatTable(COLUMNS, ROWS, 30)).toEqual([
      'CALL     WHY       TO',
      'call_1   SIP_BUSY  sip:room@s…',
      'call_22            sip:a@b',
    ]);
  });

  it.each([20, 25, 30, 40, 80])('is no wider than a terminal of %i columns', (width) => {
    const widest = Math.max(...formatTable(COLUMNS, ROWS, width).map((line) => line.length));

    expect(widest).toBeLessThanOrEqual(Math.max(width, 21));
  });

  it('leaves extra columns out where the others need the room', () => {
    const columns = [...COLUMNS, { title: 'EXTRA', cell: () => 'extra', isExtra: true as const }];

    expect(formatTable(columns, ROWS, 30)[0]).toMatch(/EXTRA$/);
    expect(formatTable(columns, ROWS, 24)[0]).toMatch(/^CALL +WHY +TO$/);
  });

  it('never cuts ids, and lets nothing of others move the cursor', () => {
    const evil = { id: 'call_1', to: 'sip:\u001b[2J\n\u202eroom', why: '' };

    const [, line] = formatTable(COLUMNS, [evil], 10);

    expect(line).toMatch(/^call_1 /);
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});
