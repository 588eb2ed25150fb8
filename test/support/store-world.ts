import { randomBytes } from 'node:crypto';
import { openStore } from '#adapters/store-prisma';
import type { PrismaStore } from '#adapters/store-prisma';
import { IdFactory } from '#domain';
import type { CallChange, CallRecord, ClaimedCall, NewCall, NodeId } from '#domain';
import { Secret, silentLogger, systemClock, systemRandom } from '#foundation';

/** A 32-byte key for one test run. */
export const newSecretKey = (): Secret => new Secret(randomBytes(32).toString('base64'));

/** Ids for tests. */
export const ids = new IdFactory(() => systemClock.wallMs(), systemRandom);

/** Opens and starts a store. */
export async function startStore(databaseUrl: string, secretKey: Secret): Promise<PrismaStore> {
  const store = openStore({ databaseUrl, secretKey, logger: silentLogger });
  await store.start();
  return store;
}

let serial = 0;

/** A call with one output of its own; fields are replaced by `fields`. */
export function newCall(fields: Partial<NewCall> = {}): NewCall {
  const name = `call-${process.pid}-${++serial}`;
  return {
    id: ids.callId(),
    callId: name,
    appKey: 'app',
    spec: {
      to: 'sip:room@example.org',
      from: { user: 'studio' },
      media: {
        direction: 'recvonly',
        audio: { codecs: ['PCMU'], sampleRate: 44100, bitrateKbps: 64 },
      },
      limits: { ringSeconds: 60, maxSeconds: 600, mediaTimeoutSeconds: 30 },
    },
    sipPassword: new Secret(`sip-${name}`),
    dtmf: null,
    outputs: [newOutput({ streamKey: new Secret(`key-of-${name}`) })],
    metadata: { show: 'morning' },
    ...fields,
  };
}

/** One output; its key is its own unless given. */
export function newOutput(
  fields: Partial<NewCall['outputs'][number]> = {},
): NewCall['outputs'][number] {
  const id = ids.outputId();
  return {
    id,
    url: 'rtmp://media.example.org/live',
    streamKey: new Secret(`key-${id}`),
    urlCredentials: null,
    ...fields,
  };
}

/** Stores a new call and lets a node claim it. */
export async function claimedCall(
  store: PrismaStore,
  node: NodeId,
  fields: Partial<NewCall> = {},
): Promise<ClaimedCall> {
  const call = await store.registry.createCall(newCall(fields));
  const claimed = await store.ledger.claim(call.id, call.epoch, node);
  if (claimed === null) throw new Error('nobody else wants this call');
  return claimed;
}

/** A change of `record` that does nothing unless `fields` say so. */
export const changeOf = (
  record: Pick<CallRecord, 'id' | 'epoch' | 'version'>,
  fields: Partial<CallChange> = {},
): CallChange => ({
  callId: record.id,
  epoch: record.epoch,
  version: record.version,
  transitions: [],
  call: {},
  outputs: new Map(),
  events: [],
  ...fields,
});
