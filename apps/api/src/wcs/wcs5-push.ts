import { z } from 'zod';
import type { CallRecord, OutputRecord } from '#domain';
import { wcsStreamStatusOf } from '#contracts';
import type { WcsStreamStatus } from '#contracts';

/** An output as Web Call Server 5 shows what it pushes. */
export interface WcsPushObject {
  readonly mediaSessionId: string;
  readonly streamName: string;
  readonly rtmpUrl: string;
  /** There is no picture. */
  readonly width: 0;
  readonly height: 0;
  readonly muted: boolean;
  /** Sounds are not played into streams. */
  readonly soundEnabled: false;
  readonly status: WcsStreamStatus;
  readonly options: Readonly<Record<string, never>>;
}

/** The same for the description of the API. */
export const wcsPushSchema = z
  .object({
    mediaSessionId: z.string().describe('The id of the output.'),
    streamName: z.string(),
    rtmpUrl: z.string(),
    width: z.int(),
    height: z.int(),
    muted: z.boolean(),
    soundEnabled: z.boolean(),
    status: z.string(),
    options: z.object({}),
  })
  .meta({ id: 'WcsPush' });

export const wcsPushListSchema = z.array(wcsPushSchema).meta({ id: 'WcsPushList' });

/** What the outputs of a call are pushed by. */
export const streamNameOf = ({ spec, callId }: CallRecord): string => spec.wcs?.toStream ?? callId;

/** The WCS picture of an output. */
export const wcsPushObject = (
  call: CallRecord,
  output: OutputRecord,
  prefix: string,
): WcsPushObject => ({
  mediaSessionId: output.id,
  streamName: `${prefix}${streamNameOf(call)}`,
  rtmpUrl: output.url,
  width: 0,
  height: 0,
  muted: call.muted,
  soundEnabled: false,
  status: wcsStreamStatusOf(output.state),
  options: {},
});
