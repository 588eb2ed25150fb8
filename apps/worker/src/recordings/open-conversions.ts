import { RecordingFolder } from '#adapters/record-flv';
import type { PrismaStore } from '#adapters/store-prisma';
import { convertToMp4, probeMedia } from '#adapters/transcode-ffmpeg';
import type { CallId } from '#domain';
import type { Clock } from '#foundation';
import { ConversionDesk } from './conversion-desk.ts';
import type { ConversionDeskOptions } from './conversion-desk.ts';

/** After the end of a call its recordings are closed, if anybody still can. */
const REST_MS = 10_000;

/** What the conversions of a worker are made of. */
interface ConversionTools extends Pick<
  ConversionDeskOptions,
  'node' | 'teller' | 'timers' | 'logger'
> {
  /** Undefined where nothing is recorded. */
  readonly recordings: string | undefined;
  readonly store: Pick<PrismaStore, 'registry' | 'nodes'>;
  readonly clock: Clock;
}

/** The desk that makes MP4s with ffmpeg, if there is anything to convert. */
export function openConversions(tools: ConversionTools): ConversionDesk | undefined {
  const { recordings, store, clock } = tools;
  if (recordings === undefined) return undefined;
  return new ConversionDesk({
    ...tools,
    folder: new RecordingFolder(recordings),
    convert: convertToMp4,
    durationOf: async (path) => (await probeMedia(path)).durationSec,
    livingNodes: async () => new Set((await store.nodes.listNodes()).map(({ id }) => id)),
    isOver: async (callId) => {
      const call = await store.registry.findCall(callId as CallId);
      const endedAt = call === null ? 0 : call.endedAt?.getTime();
      return endedAt !== undefined && clock.wallMs() - endedAt > REST_MS;
    },
  });
}
