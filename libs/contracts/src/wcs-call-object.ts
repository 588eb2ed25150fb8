import { z } from 'zod';
import type { CallRecord } from '#domain';
import { wcsStatusOf, wcsStreamStatusOf } from './wcs-status.ts';
import type { WcsStatus, WcsStreamStatus } from './wcs-status.ts';

/** A call as WCS documents it. Booleans are real ones here; what is not set is null. */
export interface WcsCallObject {
  readonly custom: Readonly<Record<string, string>>;
  readonly nodeId: string | null;
  readonly appKey: string;
  readonly sessionId: string;
  readonly callId: string;
  readonly parentCallId: null;
  readonly incoming: false;
  readonly status: WcsStatus;
  readonly sipStatus: number;
  readonly rtmpUrl: string | null;
  /** Masked: a stream name is a key on most servers. */
  readonly rtmpStream: string | null;
  /** What its outputs are pushed by. */
  readonly streamName: string | null;
  readonly rtmpStreamStatus: WcsStreamStatus | null;
  readonly caller: string | null;
  readonly callee: string;
  readonly hasAudio: boolean;
  readonly hasVideo: boolean;
  readonly sdp: null;
  readonly visibleName: string | null;
  readonly inviteParameters: null;
  readonly mediaProvider: null;
  readonly sipMessageRaw: null;
  readonly isMsrp: false;
  readonly target: null;
  readonly holdForTransfer: false;
}

const text = z.string().nullable();

/** The same for the description of the API: what can hold something. */
export const wcsCallListSchema = z
  .array(
    z
      .looseObject({
        custom: z.record(z.string(), z.string()),
        nodeId: text,
        appKey: z.string(),
        sessionId: z.string(),
        callId: z.string(),
        status: z.string(),
        sipStatus: z.int(),
        rtmpUrl: text,
        rtmpStream: text.describe('Masked.'),
        streamName: text,
        rtmpStreamStatus: text,
        caller: text,
        callee: z.string(),
        hasAudio: z.boolean(),
        hasVideo: z.boolean(),
        visibleName: text,
      })
      .meta({ id: 'WcsCallObject' }),
  )
  .meta({ id: 'WcsCallList' });

/** The WCS picture of a call; of several outputs it can show only the first. */
export function wcsCallObject(call: CallRecord): WcsCallObject {
  const { from, to, media, wcs } = call.spec;
  const [output] = call.outputs;
  return {
    custom: { ...call.metadata },
    nodeId: call.node,
    appKey: call.appKey,
    sessionId: call.id,
    callId: call.callId,
    parentCallId: null,
    incoming: false,
    status: wcsStatusOf(call),
    sipStatus: call.sipStatus,
    rtmpUrl: output?.url ?? null,
    rtmpStream: output?.maskedKey ?? null,
    streamName: wcs?.toStream ?? null,
    rtmpStreamStatus: output === undefined ? null : wcsStreamStatusOf(output.state),
    caller: from.user ?? null,
    callee: wcs?.callee ?? to,
    hasAudio: wcs?.hasAudio ?? media.direction === 'sendrecv',
    hasVideo: wcs?.hasVideo ?? false,
    sdp: null,
    visibleName: from.displayName ?? null,
    inviteParameters: null,
    mediaProvider: null,
    sipMessageRaw: null,
    isMsrp: false,
    target: null,
    holdForTransfer: false,
  };
}
