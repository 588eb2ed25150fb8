import { OUR_CAPABILITIES } from './server-abilities.ts';

/** A value of a command we send. */
export type CommandValue =
  | string
  | number
  | boolean
  | null
  | readonly CommandValue[]
  | { readonly [key: string]: CommandValue };

/**
 * Turns the values of a command into bytes and back: AMF 0, given by whoever makes a publisher,
 * for wire formats do not know each other.
 */
export interface CommandCodec {
  build(values: readonly CommandValue[]): Uint8Array;
  /** Throws when the bytes are not values. */
  parse(bytes: Uint8Array): readonly unknown[];
}

/** Transaction ids, fixed: a publisher says each of these once. */
export const TRANSACTION = {
  connect: 1,
  releaseStream: 2,
  fcPublish: 3,
  createStream: 4,
  publish: 5,
};

/** The name under which encoders are known; a name like this makes Wowza and FMS treat us as one. */
export const DEFAULT_FLASH_VERSION = 'FMLE/3.0 (compatible; Callcast)';

/** `connect`, section 7.2.1.1, with what Enhanced RTMP adds. */
export function connectCommand(target: {
  readonly app: string;
  readonly tcUrl: string;
  readonly flashVersion: string;
}): readonly CommandValue[] {
  const { app, tcUrl, flashVersion } = target;
  return [
    'connect',
    TRANSACTION.connect,
    { app, type: 'nonprivate', flashVer: flashVersion, tcUrl, ...OUR_CAPABILITIES },
  ];
}

/** `releaseStream`: frees the key from a ghost of ours. Not in the document; every encoder says it. */
const releaseStreamCommand = (key: string): readonly CommandValue[] => [
  'releaseStream',
  TRANSACTION.releaseStream,
  null,
  key,
];

/** `FCPublish`: announces the key. Not in the document; some CDNs wait for it. */
const fcPublishCommand = (key: string): readonly CommandValue[] => [
  'FCPublish',
  TRANSACTION.fcPublish,
  null,
  key,
];

/** `createStream`, section 7.2.1.3. */
const createStreamCommand = (): readonly CommandValue[] => [
  'createStream',
  TRANSACTION.createStream,
  null,
];

/** What is said between `connect` and `publish`. */
export const announceCommands = (key: string): readonly (readonly CommandValue[])[] => [
  releaseStreamCommand(key),
  fcPublishCommand(key),
  createStreamCommand(),
];

/** `publish`, section 7.2.2.6. */
export const publishCommand = (key: string): readonly CommandValue[] => [
  'publish',
  TRANSACTION.publish,
  null,
  key,
  'live',
];

/** `FCUnpublish`: the end of FCPublish. No answer is waited for, so the transaction id is 0. */
const fcUnpublishCommand = (key: string): readonly CommandValue[] => ['FCUnpublish', 0, null, key];

/** `closeStream`, said on the stream itself. */
const closeStreamCommand = (): readonly CommandValue[] => ['closeStream', 0, null];

/** `deleteStream`, section 7.2.2.3. */
const deleteStreamCommand = (messageStreamId: number): readonly CommandValue[] => [
  'deleteStream',
  0,
  null,
  messageStreamId,
];

/** What takes the stream off the server, and the message streams it is said on. */
export const goodbyeCommands = (
  key: string,
  messageStreamId: number,
): readonly (readonly [values: readonly CommandValue[], on: number])[] => [
  [fcUnpublishCommand(key), 0],
  [closeStreamCommand(), messageStreamId],
  [deleteStreamCommand(messageStreamId), 0],
];
