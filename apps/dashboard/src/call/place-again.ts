import type { Call } from '#sdk';

/** What the page does not know, and who copies the request does. */
const STREAM_KEY = 'YOUR_STREAM_KEY';

type Request = Readonly<Record<string, unknown>>;

/** The request that would place such a call again. What is secret stands there as a placeholder. */
export function requestOf(call: Call): Request {
  const { to, trunk, priority, redial, metadata, media, outputs, limits } = call;
  const from = Object.entries(call.from).filter(([, value]) => value !== null);
  return {
    to,
    ...(trunk === null ? {} : { trunk }),
    ...(from.length === 0 ? {} : { from: Object.fromEntries(from) }),
    ...(priority === 0 ? {} : { priority }),
    ...(redial === null ? {} : { redial }),
    media: { direction: media.direction, srtp: media.srtp, audio: { codecs: media.codecs } },
    outputs: outputs
      .filter(({ role }) => role === 'primary')
      .map((output) => ({ ...targetOf(output), ...backupOf(output.id, outputs) })),
    limits,
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  };
}

const targetOf = ({ url, streamKey }: Call['outputs'][number]): Request =>
  streamKey === '' ? { url } : { url, streamKey: STREAM_KEY };

function backupOf(id: string, outputs: Call['outputs']): Request {
  const backup = outputs.find((output) => output.backupOf === id);
  return backup === undefined ? {} : { backup: targetOf(backup) };
}

/** A word of a shell, whatever is in it. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** For a command line; the key comes from its environment. */
export function curlOf(call: Call, origin: string): string {
  return [
    `curl -X POST ${quoted(`${origin}/v1/calls`)}`,
    '  -H "Authorization: Bearer $CALLCAST_API_KEY"',
    "  -H 'Content-Type: application/json'",
    `  -d ${quoted(JSON.stringify(requestOf(call), null, 2))}`,
  ].join(' \\\n');
}

/** For a program. */
export function codeOf(call: Call, origin: string): string {
  return [
    "import { Callcast } from '@callcast/sdk';",
    '',
    'const apiKey = process.env.CALLCAST_API_KEY;',
    `const callcast = new Callcast({ url: ${JSON.stringify(origin)}, apiKey });`,
    `const call = await callcast.calls.create(${JSON.stringify(requestOf(call), null, 2)});`,
  ].join('\n');
}
