import type { Callcast, CreateHook, Event } from '#sdk';
import { UsageError } from '../../arguments.ts';
import { eventText } from '../call-text.ts';
import type { CommandContext } from '../command-context.ts';
import type { Given } from '../command-line.ts';
import { readHookSecrets } from '../config.ts';
import { EXIT } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { HookReceiver } from '../hook-receiver.ts';
import type { Delivery } from '../hook-receiver.ts';
import { fitted, printable } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';

/** What listening for hooks works with. The API is asked only for a hook of its own. */
export interface HooksContext extends Omit<CommandContext, 'callcast'> {
  readonly connect: () => Callcast;
}

/** What only a hook of its own needs. */
const OF_A_HOOK = ['events', 'dialect', 'public-url'];
const DIALECTS = ['standard', 'wcs'] as const;
const MOST_DELIVERIES = 1_000_000;

/** `callcast hooks listen` */
export async function listenForHooks(context: HooksContext): Promise<ExitCode> {
  const { given, terminal, signal } = context;
  const port = given.number('port', 0, 65_535) ?? 0;
  const wanted = given.number('count', 1, MOST_DELIVERIES) ?? Infinity;
  const ownHook = ownHookOf(given);
  const secrets = ownHook === undefined ? readHookSecrets(given.text('secret-file')) : [];
  const problems: string[] = [];
  let count = 0;
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const receiver = new HookReceiver((delivery) => {
    count += 1;
    if (delivery.problem !== undefined) problems.push(delivery.problem);
    tell(delivery, given, terminal);
    if (count >= wanted) finish();
  });
  const url = await receiver.listen(port).catch((error: unknown) => {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new UsageError(`cannot listen on port ${port} (${code})`);
  });
  receiver.trust(secrets);
  try {
    const forget = ownHook && (await register(ownHook, { ...context, receiver, url }));
    terminal.note(`Listening on ${url}`);
    signal.addEventListener('abort', finish, { once: true });
    await finished;
    await forget?.();
  } finally {
    await receiver.close();
  }
  return problems.length === 0 ? EXIT.ok : EXIT.failed;
}

type OwnHook = Omit<CreateHook, 'url'> & { readonly publicUrl: string | undefined };

/** The hook to be made, if one is. @throws UsageError for options that contradict each other. */
function ownHookOf(given: Given): OwnHook | undefined {
  if (!given.flag('register')) {
    const lonely = OF_A_HOOK.find((name) => given.texts(name).length > 0);
    if (lonely !== undefined) throw new UsageError(`--${lonely} belongs to --register`);
    return undefined;
  }
  if (given.text('secret-file') !== undefined)
    throw new UsageError('--register makes a hook that has a secret of its own');
  const dialect = DIALECTS.find((name) => name === given.text('dialect'));
  if (given.text('dialect') !== undefined && dialect === undefined)
    throw new UsageError(`--dialect takes one of ${DIALECTS.join(', ')}`);
  const events = given.texts('events').flatMap((text) => text.split(','));
  return {
    dialect,
    ...(events.length === 0 ? {} : { events }),
    publicUrl: given.text('public-url'),
    description: 'callcast hooks listen',
  };
}

/** Makes a hook whose deliveries come here. @returns What takes it away again. */
async function register(
  { publicUrl, ...hook }: OwnHook,
  parts: Pick<HooksContext, 'connect' | 'signal' | 'terminal'> & {
    readonly receiver: HookReceiver;
    readonly url: string;
  },
): Promise<() => Promise<void>> {
  const { hooks } = parts.connect();
  const request = { ...hook, url: publicUrl ?? parts.url };
  const { id, secret } = await hooks.create(request, { signal: parts.signal });
  parts.receiver.trust([secret]);
  parts.terminal.note(`${id} tells ${request.url} until this command ends`);
  return async () => {
    await hooks.delete(id);
  };
}

function tell(delivery: Delivery, given: Given, terminal: Terminal): void {
  const { event, problem, id = '-', path } = delivery;
  if (given.flag('json')) {
    terminal.print(JSON.stringify({ verified: problem === undefined, problem, id, path, event }));
    return;
  }
  const text = event === undefined ? `NOT BELIEVED  ${id}  ${problem ?? ''}` : textOf(event, path);
  terminal.print(fitted(printable(text), terminal.columns));
}

/** The WCS dialect sends what its methods send, and no events. */
const textOf = (event: Event, path: string): string =>
  typeof event.type === 'string' && typeof event.at === 'string'
    ? `ok  ${eventText(event, { ofOneCall: false })}`
    : `ok  ${path}  ${JSON.stringify(event)}`;
