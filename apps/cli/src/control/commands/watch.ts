import type { Call, Callcast, CallStats } from '#sdk';
import { UsageError } from '../../arguments.ts';
import { eventText, progressText, verdictText } from '../call-text.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { followCall } from '../follow-call.ts';
import { fitted, printable } from '../terminal.ts';

const DRAW_MS = 250;
/** What only the feed of all calls takes. */
const OF_ALL = ['types', 'after', 'app-key'];

/** `callcast watch` */
export async function watch(context: CommandContext): Promise<ExitCode> {
  const { given } = context;
  const [id] = given.positionals;
  if (id === undefined) return await watchAll(context);
  const lonely = OF_ALL.find((name) => given.text(name) !== undefined);
  if (lonely !== undefined) throw new UsageError(`--${lonely} belongs to watching all calls`);
  return await watchCall(context, await context.callcast.calls.get(id));
}

async function watchAll({ callcast, given, terminal, signal }: CommandContext): Promise<ExitCode> {
  const isJson = given.flag('json');
  const feed = callcast.events.listen(
    { appKey: given.text('app-key'), types: given.text('types') },
    {
      signal,
      after: given.text('after'),
      onReconnect: ({ message }) => terminal.note(`${printable(message)} Coming back ...`),
    },
  );
  for await (const event of feed) {
    const line = isJson ? JSON.stringify(event) : eventText(event, { ofOneCall: false });
    terminal.print(isJson ? line : fitted(line, terminal.columns));
  }
  return EXIT.ok;
}

/** Tells what happens to a call until it has ended. @returns Whether all went well with it. */
export async function watchCall(context: CommandContext, first: Call): Promise<ExitCode> {
  const { terminal, given, callcast } = context;
  const isJson = given.flag('json');
  const progress = new Progress(context, first);
  try {
    const onStats = terminal.isTty ? { onStats: (stats: CallStats) => progress.hear(stats) } : {};
    for await (const event of followCall(callcast, first.id, {
      signal: context.signal,
      ...onStats,
    })) {
      const line = isJson ? JSON.stringify(event) : eventText(event, { ofOneCall: true });
      terminal.print(isJson ? line : fitted(line, terminal.columns));
      if (terminal.isTty) progress.see(await callcast.calls.get(first.id));
    }
  } finally {
    progress.end();
  }
  return await tellEnd(callcast, context, first.id);
}

async function tellEnd(
  callcast: Callcast,
  { terminal, given }: CommandContext,
  id: string,
): Promise<ExitCode> {
  const call = await callcast.calls.get(id);
  if (!given.flag('json')) terminal.print(printable(verdictText(call)));
  return call.verdict?.result === 'completed' ? EXIT.ok : EXIT.failed;
}

/** The line that shows how a call fares, drawn again four times a second. */
class Progress {
  readonly #context: CommandContext;
  readonly #timer: NodeJS.Timeout | undefined;
  #call: Call;
  #stats: CallStats | undefined;

  constructor(context: CommandContext, call: Call) {
    this.#context = context;
    this.#call = call;
    if (context.terminal.isTty) this.#timer = setInterval(() => this.#draw(), DRAW_MS);
  }

  see(call: Call): void {
    this.#call = call;
    this.#draw();
  }

  hear(stats: CallStats): void {
    this.#stats = stats;
  }

  end(): void {
    clearInterval(this.#timer);
    this.#context.terminal.show(undefined);
  }

  #draw(): void {
    const { terminal } = this.#context;
    const text = progressText(this.#call, this.#stats, Date.now());
    terminal.show(fitted(text, terminal.columns));
  }
}
