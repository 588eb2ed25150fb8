import type { Call } from '#sdk';
import { UsageError } from '../../arguments.ts';
import { durationText } from '../call-text.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { formatTable } from '../table.ts';
import type { Column } from '../table.ts';

const USUAL = 50;
const PAGE = 1000;
const MOST = 1_000_000;

/** `callcast list` */
export async function listCalls({
  callcast,
  given,
  terminal,
  signal,
}: CommandContext): Promise<ExitCode> {
  const limit = given.number('limit', 1, MOST);
  if (given.flag('all') && limit !== undefined)
    throw new UsageError('--all and --limit contradict each other');
  const most = given.flag('all') ? Infinity : (limit ?? USUAL);
  const query = {
    state: given.text('state'),
    appKey: given.text('app-key'),
    limit: Math.min(most, PAGE),
  };
  const calls: Call[] = [];
  let count = 0;
  for await (const call of callcast.calls.list(query, { signal })) {
    count += 1;
    if (given.flag('json')) terminal.print(JSON.stringify(call));
    else calls.push(call);
    if (count >= most) break;
  }
  if (given.flag('json')) return EXIT.ok;
  if (count === 0) terminal.note('There are no such calls.');
  else
    for (const line of formatTable(columnsAt(Date.now()), calls, terminal.columns))
      terminal.print(line);
  return EXIT.ok;
}

/** A call as a row. */
function columnsAt(nowMs: number): readonly Column<Call>[] {
  return [
    { title: 'CALL', cell: ({ id }) => id },
    { title: 'STATE', cell: ({ state }) => state },
    { title: 'ON AIR', cell: ({ broadcast }) => broadcast },
    { title: 'AGE', cell: ({ createdAt }) => durationText(nowMs - Date.parse(createdAt)) },
    { title: 'TALK', cell: (call) => talkText(call, nowMs), isExtra: true },
    { title: 'VERDICT', cell: ({ verdict }) => verdict?.code ?? '', least: 4 },
    { title: 'TO', cell: ({ to }) => to, least: 8 },
  ];
}

function talkText({ answeredAt, endedAt }: Call, nowMs: number): string {
  if (answeredAt === null) return '';
  return durationText((endedAt === null ? nowMs : Date.parse(endedAt)) - Date.parse(answeredAt));
}
