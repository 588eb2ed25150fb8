import { readFileSync } from 'node:fs';
import type { CreateCall } from '#sdk';
import { UsageError } from '../../arguments.ts';
import type { AskSecrets, CommandContext } from '../command-context.ts';
import { COMMANDS } from '../command-table.ts';
import type { Given } from '../command-line.ts';
import { EXIT } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { printable } from '../terminal.ts';
import { watchCall } from './watch.ts';

const STANDARD_INPUT = 0;
/** What a body may not be mixed with. */
const OF_THE_REQUEST = [
  'output',
  'username',
  'from',
  'display-name',
  'trunk',
  'register',
  'call-id',
  'metadata',
];

/** `callcast call` */
export async function placeCall(
  context: CommandContext,
  askSecrets: AskSecrets,
): Promise<ExitCode> {
  const { callcast, given, terminal, signal } = context;
  const request = await requestOf(given, askSecrets);
  const call = await callcast.calls.create(request, { signal });
  const isJson = given.flag('json');
  if (given.flag('detach')) {
    terminal.print(isJson ? JSON.stringify(call) : printable(call.id));
    return EXIT.ok;
  }
  if (!isJson) terminal.print(printable(`${call.id}  ${call.to}`));
  signal.addEventListener('abort', () => {
    terminal.note(`The call goes on. To end it: callcast hangup ${printable(call.id)}`);
  });
  return await watchCall(context, call);
}

/** @throws UsageError when it is no request. */
async function requestOf(given: Given, askSecrets: AskSecrets): Promise<CreateCall> {
  const file = given.text('body');
  if (file === undefined) return await requestOfOptions(given, askSecrets);
  if (given.positionals.length > 0) throw new UsageError('--body takes the place of the address');
  const mixed = OF_THE_REQUEST.find((name) => given.flag(name) || given.texts(name).length > 0);
  if (mixed !== undefined) throw new UsageError(`--${mixed} belongs into the file of --body`);
  return readBody(file);
}

/** @throws UsageError when the file is not there or holds no JSON object. */
function readBody(file: string): CreateCall {
  try {
    const body: unknown = JSON.parse(readFileSync(file === '-' ? STANDARD_INPUT : file, 'utf8'));
    // The API says what is wrong with its fields.
    if (typeof body === 'object' && body !== null) return body as CreateCall;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw new UsageError(`${file} cannot be read`);
  }
  throw new UsageError(`${file} holds no JSON object`);
}

async function requestOfOptions(given: Given, askSecrets: AskSecrets): Promise<CreateCall> {
  const [to] = given.positionals;
  if (to === undefined) throw new UsageError(`it takes ${COMMANDS.call.takes.words}`);
  const urls = given.texts('output');
  const username = given.text('username');
  const keyed = urls.filter((url) => !url.startsWith('file:'));
  const secrets = await askSecrets([
    ...keyed.map((url) => `Stream key of ${url}`),
    ...(username === undefined ? [] : [`Password of ${username}`]),
  ]);
  const keyOf = (url: string): string => secrets[keyed.indexOf(url)] ?? '';
  const user = given.text('from');
  const displayName = given.text('display-name');
  return {
    to: /^sips?:/i.test(to) || given.text('trunk') !== undefined ? to : `sip:${to}`,
    callId: given.text('call-id'),
    trunk: given.text('trunk'),
    ...(user === undefined && displayName === undefined ? {} : { from: { user, displayName } }),
    ...(username === undefined ? {} : { auth: { username, password: secrets.at(-1) ?? '' } }),
    ...(given.flag('register') ? { register: true } : {}),
    outputs: urls.map((url) => (keyOf(url) === '' ? { url } : { url, streamKey: keyOf(url) })),
    metadata: metadataOf(given.texts('metadata')),
  };
}

/** @throws UsageError when one has no name. */
function metadataOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair): [string, string] => {
      const at = pair.indexOf('=');
      if (at < 1) throw new UsageError('--metadata takes NAME=TEXT');
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
